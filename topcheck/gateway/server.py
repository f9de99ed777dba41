"""The sandbox behind a socket: aiohttp's server on a thread of its own, on loopback by default."""

import asyncio
import contextlib
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from aiohttp import web
from aiohttp.http import HttpProcessingError

from topcheck.contract import protocol
from topcheck.gateway.orders import DROP, ScriptedResponse
from topcheck.wire.exchange import PATH, RAW, Pairs, Request, Response, form_pairs

#: How long a handler that still sleeps is waited for when the server stops, in seconds.
_SHUTDOWN = 0.1

#: An abortive close: the peer sees a reset.
_LINGER = struct.pack("ii", 1, 0)


class Answering(Protocol):
    """What can stand behind a socket: the sandbox, or whoever keeps what it was asked."""

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer one request."""


@contextlib.contextmanager
def serving(
    sandbox: Answering, host: str = protocol.SANDBOX_HOST, port: int = 0,
    failed: Callable[[Exception], None] | None = None,
) -> Iterator[str]:  # fmt: skip
    """Serve a sandbox while the block runs; yields its URL. Raises OSError if the port is taken.

    `failed` is told of what goes wrong in answering, in the server's own thread.
    """
    listener = socket.create_server((host, port))
    loop = asyncio.new_event_loop()

    async def start() -> web.ServerRunner:
        handler = _handler(sandbox, failed)
        server = web.Server(handler, handler_cancellation=True, logger=_logger())
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    runner = loop.run_until_complete(start())
    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}{PATH}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _logger() -> logging.Logger:
    """Return the log of the server: silent on what is no HTTP, which is answered with a 400."""
    logger = logging.getLogger(__name__)
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def _handler(sandbox: Answering, failed: Callable[[Exception], None] | None):  # type: ignore[no-untyped-def]
    async def handle(received: web.BaseRequest) -> web.StreamResponse:
        request = await _request(received)
        try:
            answer = sandbox.answer(request)
        except Exception as error:
            if failed is None:
                raise
            failed(error)
            return web.Response(status=500)
        if isinstance(answer, Response):
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        return await _raw(answer, received)

    return handle


async def _request(received: web.BaseRequest) -> Request:
    query, headers = tuple(received.rel_url.query.items()), tuple(received.headers.items())
    is_multipart = received.content_type == "multipart/form-data"
    try:
        form = await (_parts if is_multipart else _pairs)(received)
    except web.HTTPException:  # it is too large
        raise
    except Exception:  # aiohttp names no errors: a body that cannot be read has no parameters
        form = ()
    return Request(received.method, query, form, is_multipart, received.path, headers)


async def _parts(received: web.BaseRequest) -> Pairs:
    fields = await received.post()
    # files are not signed, and this method has none
    return tuple((name, value) for name, value in fields.items() if isinstance(value, str))


async def _pairs(received: web.BaseRequest) -> Pairs:
    return form_pairs((await received.read()).decode("utf-8", RAW))


async def _raw(raw: ScriptedResponse, received: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(raw.delay / 1000)
    transport = received.transport
    whole = not raw.lines and not raw.reset and not raw.drip and raw.cut_after is None
    if whole or transport is None:  # who is gone needs no answer
        return web.Response(body=raw.body, status=raw.status, headers=raw.headers)
    if raw.reset:
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
        return web.Response()
    headers = {"Content-Length": str(len(raw.body)), **raw.headers}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {raw.status} -", *lines, *raw.lines, "", ""]).encode()
    transport.write(head if raw.drip else head + raw.body[: raw.cut_after])
    began = time.monotonic()
    for number, at in enumerate(range(0, len(raw.body) if raw.drip else 0, DROP), start=1):
        if transport.is_closing():  # nobody is there to read it
            break
        # by the clock: on a busy machine each sleep takes longer than it should
        await asyncio.sleep(began + number * raw.drip / 1000 - time.monotonic())
        transport.write(raw.body[at : at + DROP])
    await asyncio.sleep(raw.hold / 1000)
    transport.close()
    return web.Response()
