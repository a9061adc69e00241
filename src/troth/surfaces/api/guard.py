"""What every request passes: size, key, rate, repetition, time; and what counts and logs how it was answered.

One plain ASGI layer in front of all routes, so that the hot ones pay for it once and no route can forget it. It reads
the body, so that what lies behind finds it whole. What it does not know by path it hands on untouched: pages and other
interfaces mounted beside this one have doors of their own.
"""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from troth.errors import TrothError
from troth.runtime.access import Key
from troth.runtime.telemetry import log, new_instance
from troth.surfaces.api import repeat
from troth.surfaces.api.context import Context
from troth.surfaces.api.limits import Grant
from troth.surfaces.api.problem import ApiError, answer, of_error

_PUBLIC: Final = ("/healthz", "/readyz", "/openapi.json", "/problems/", "/v1/explain/")
_OWN: Final = ("/v1/", "/metrics", *_PUBLIC)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1", "testserver", "testclient"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HEADERS_MAX: Final = 100
_DIGITS_MAX: Final = 18


class Guard:
    """The layer in front of all routes.

    Args:
        app: What lies behind.
        context: The server's parts.
    """

    def __init__(self, app: ASGIApp, context: Context) -> None:
        """Keep the arguments."""
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http" or not scope["path"].startswith(_OWN):
            scope["troth"] = self._context
            await self._app(scope, receive, send)
            return
        one = _Request(self._context, scope, receive, send)
        try:
            await one.answered(self._app)
        except ApiError as error:
            await one.refuse(error)
        except TrothError as error:
            await one.refuse(of_error(error))
        except TimeoutError:
            await one.refuse(one.late())
        except Exception as error:  # noqa: BLE001 - the outermost edge: callers get an answer, never a broken line
            await one.fault(error)
        finally:
            one.note()


class _Request:
    """One request on its way through."""

    def __init__(self, context: Context, scope: Scope, receive: Receive, send: Send) -> None:
        self._context = context
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = Headers(scope=scope)
        self._began = perf_counter()
        self._grant: Grant | None = None
        self._instance = ""
        self._status = 0
        self._arrived = False
        scope["troth"] = context
        scope["troth.key"] = None
        scope["troth.body"] = b""
        scope["troth.route"] = "other"

    async def answered(self, app: ASGIApp) -> None:
        """Let the request through to what lies behind, if it may."""
        context = self._context
        self._size()
        key = await self._who()
        self._scope["troth.key"] = key
        if key is not None:
            self._grant = context.limiter.take(key.id, context.now(), rate=key.rate_per_s)
            if not self._grant.ok:
                headers = {"Retry-After": str(self._grant.wait_s)}
                raise ApiError(429, "H205", "wait before the next request", headers=headers)
        settings, loop = context.settings, asyncio.get_running_loop()
        async with asyncio.timeout(settings.body_timeout_s) as waiting:
            if self._scope["method"] in _WITH_BODY:
                self._scope["troth.body"] = await self._body()
            self._arrived = True
            waiting.reschedule(loop.time() + settings.request_timeout_s)
            if context.tracing.on:
                with context.tracing.request(self._scope["method"], self._headers) as known:
                    await self._carried_out(app, key)
                    known |= {"route": self._scope["troth.route"], "status": self._status}
            else:
                await self._carried_out(app, key)

    def late(self) -> ApiError:
        """Return the answer to a request that took too long to arrive, or to be answered."""
        if not self._arrived:
            return ApiError(408, "H120", "the body did not arrive", headers={"Connection": "close"})
        return ApiError(503, "H114", "it took too long", headers={"Retry-After": "1"})

    def _size(self) -> None:
        """Refuse headers that are too large, and bodies that say so beforehand."""
        settings = self._context.settings
        raw = self._scope["headers"]
        if len(raw) > _HEADERS_MAX or sum(len(name) + len(value) for name, value in raw) > settings.header_limit_bytes:
            raise ApiError(431, "H105", f"at most {settings.header_limit_bytes} bytes in {_HEADERS_MAX} headers")
        length = self._headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            raise ApiError(400, "H101", "Content-Length is no number")
        # A number of so many digits is not even read.
        if len(length) > _DIGITS_MAX or int(length) > settings.body_limit_bytes:
            raise self._too_large()

    def _too_large(self) -> ApiError:
        """Return the answer to a body that is too large."""
        return ApiError(413, "H104", f"at most {self._context.settings.body_limit_bytes} bytes")

    async def _who(self) -> Key | None:
        """Return the key of whoever asks; `None`: this server has none, or the path needs none."""
        context = self._context
        public = self._scope["path"].startswith(_PUBLIC)
        if not len(context.keys):
            host = self._headers.get("host", "localhost").lower().rpartition(":")
            if (host[0] if host[2].isdigit() else "".join(host)) not in _LOOPBACK:
                raise ApiError(421, "H121", "a server without keys answers to 127.0.0.1 and localhost only")
            return None
        sent = self._headers.get("authorization", "")
        if not sent:
            if public or (self._scope["path"] == "/metrics" and context.settings.metrics_open):
                return None
            raise ApiError(401, "H201", "send a key", headers={"WWW-Authenticate": 'Bearer realm="troth"'})
        scheme, _, token = sent.partition(" ")
        key = context.key_of(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            challenge = 'Bearer realm="troth", error="invalid_token"'
            raise ApiError(401, "H202", "the key is not good", headers={"WWW-Authenticate": challenge})
        return key

    async def _body(self) -> bytes:
        """Return the whole body, no larger than it may be."""
        limit = self._context.settings.body_limit_bytes
        message = await self._receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            parts, size = [body], len(body)
            while message.get("more_body") and size <= limit:
                message = await self._receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
            body = b"".join(parts)
        if len(body) > limit:
            raise self._too_large()
        return body

    async def _carried_out(self, app: ASGIApp, key: Key | None) -> None:
        """Have the request answered, once if it says so."""
        if self._scope["method"] not in ("POST", "PATCH") or not self._scope["path"].startswith("/v1/"):
            await app(self._scope, self._again, self._sent)
            return
        required = self._context.settings.idempotency == "required"
        name = repeat.key_of(self._headers, required=required)
        if name is None:
            await app(self._scope, self._again, self._sent)
            return
        response = await repeat.once(
            self._context.idempotency,
            caller=key.id if key else "",
            key=name,
            method=self._scope["method"],
            path=f"{self._scope['path']}?{self._scope['query_string'].decode('latin-1')}",
            body=self._scope["troth.body"],
            now=self._context.now(),
            work=lambda: self._caught(app),
        )
        await response(self._scope, self._again, self._sent)

    async def _caught(self, app: ASGIApp) -> Response:
        """Return the response of what lies behind, without sending it yet."""
        start: Message = {}
        parts: list[bytes] = []

        async def catch(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await app(self._scope, self._again, catch)
        response = Response(b"".join(parts), start["status"])
        response.raw_headers = list(start["headers"])
        return response

    async def _again(self) -> Message:
        """Give the body to what lies behind, as it would have been received."""
        return {"type": "http.request", "body": self._scope["troth.body"], "more_body": False}

    async def _sent(self, message: Message) -> None:
        """Send one message, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message["headers"])
            headers.append((b"x-content-type-options", b"nosniff"))
            headers.append((b"cache-control", b"private, no-cache"))
            if self._grant is not None:
                headers += [(name.encode(), value.encode()) for name, value in self._grant.headers().items()]
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, error: ApiError) -> None:
        """Answer a problem, unless an answer has begun."""
        self._instance = new_instance()
        if not self._status:
            await answer(error, self._instance)(self._scope, self._again, self._sent)

    async def fault(self, error: Exception) -> None:
        """Answer a fault of our own, and keep where it arose."""
        self._instance = self._scope.get("troth.instance") or new_instance()
        log("fault", level=logging.ERROR, error=error, route=self._scope["troth.route"], instance=self._instance)
        if not self._status:
            problem = ApiError(500, "H115", "a fault of the server", retryable=False)
            await answer(problem, self._instance)(self._scope, self._again, self._sent)

    def note(self) -> None:
        """Count the request, and log it if it should be."""
        context, route, status = self._context, self._scope["troth.route"], self._status
        took = perf_counter() - self._began
        context.metrics.answered(route, status, took)
        logged = context.settings.log_requests
        if logged == "all" or (logged == "problems" and status >= 400):
            key = self._scope["troth.key"]
            fields: dict[str, Any] = {"route": route, "method": self._scope["method"], "status": status}
            instance = self._instance or self._scope.get("troth.instance", "")
            log("request", **fields, ms=round(took * 1_000, 2), key=key.id if key else "", instance=instance)


def may(connection: HTTPConnection, scope: str, route: str) -> None:
    """Let a request go on only if its key has a scope; every route beyond the public ones calls it first.

    Args:
        connection: The request.
        scope: The scope that the route asks for.
        route: What the route is called in figures and logs.

    Raises:
        ApiError: H203, the key has not the scope; H204, the server has no key and the route changes something.
    """
    connection.scope["troth.route"] = route
    context: Context = connection.scope["troth"]
    key: Key | None = connection.scope["troth.key"]
    if key is not None:
        if not key.may(scope):
            challenge = f'Bearer realm="troth", error="insufficient_scope", scope="{scope}"'
            raise ApiError(403, "H203", f"the key has not the scope {scope}", headers={"WWW-Authenticate": challenge})
    elif not context.settings.open and not scope.endswith(":read"):
        remedy = "make a key by `troth keys create`, or start it with --open on a machine for development"
        raise ApiError(403, "H204", f"this server has no key yet: {remedy}")
