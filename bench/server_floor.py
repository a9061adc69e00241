"""The floor of every durable endpoint: Starlette, one POST, one row inserted and committed, nothing else.

Usage: python -m bench.server_floor FILE PORT
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def application(file: Path) -> Starlette:
    """Return the application over a file of its own."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, body BLOB) STRICT")

    async def say(request: Request) -> Response:
        connection.execute("INSERT INTO said (body) VALUES (?)", (await request.body(),))
        return Response(b'{"ok":true}', media_type="application/json")

    return Starlette(routes=[Route("/", say, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
