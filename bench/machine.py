"""Says what a figure was measured on: processor, memory, system, versions."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from importlib import metadata
from pathlib import Path

PACKAGES = ("troth", "msgspec", "duckdb", "ibis-framework", "pyarrow", "cel-expr-python")


def describe() -> dict[str, str]:
    """Return name → value, without anything that identifies the machine."""
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count() or 1),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    return found | {name: metadata.version(name) for name in PACKAGES}


def peak_memory_mib() -> float:
    """Return the greatest resident memory of this process so far, in MiB (Unix only; elsewhere 0)."""
    if sys.platform == "win32":
        return 0.0
    import resource  # noqa: PLC0415 - there is none on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _line(file: str, key: str) -> str:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _processor() -> str:
    return _line("/proc/cpuinfo", "model name") or platform.processor() or "unknown"


def _memory() -> str:
    kib = _line("/proc/meminfo", "MemTotal").removesuffix(" kB")
    return f"{int(kib) / 1024 / 1024:.0f} GiB" if kib else "unknown"
