"""Requests that Interlock signs by Standard Webhooks, and their answers."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from ._model import dumped, parsed
from .handler import Handler, HandlerRequest, NotApplied, answer_step

_log = logging.getLogger("interlock_client")
_TOLERANCE_S = 300
_LARGEST_BODY = 1_048_576


class WebhookRefused(Exception):
    """The request is not from Interlock, was changed, or is too old. Its answer is 401."""


class WebhookAnswer(NamedTuple):
    """The status and the JSON text with which a webhook is answered."""

    status: int
    body: str


def verify_webhook(
    secret: str,
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance_s: float = _TOLERANCE_S,
    now: float | None = None,
) -> None:
    """Verifies a signature by a secret (`whsec_…`) and its age. Raises WebhookRefused.

    `body` is the body as it came. `now` is a Unix time in seconds, by default that of the clock.
    Raises ValueError for a secret that is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    name, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if name == "" or not (stamp.isascii() and stamp.isdecimal()):
        raise WebhookRefused("the request has no id or no time")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance_s:
        raise WebhookRefused("the request is too old, or the clocks differ")
    raw = body.encode() if isinstance(body, str) else body
    digest = hmac.new(_key_of(secret), f"{name}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    right = b"v1," + base64.b64encode(digest)
    signatures = given.get("webhook-signature", "").encode().split(b" ")
    if not any([hmac.compare_digest(right, one) for one in signatures]):
        raise WebhookRefused("the signature is wrong")


def read_webhook(
    secret: str, headers: Mapping[str, str], body: bytes | str, **options: float
) -> HandlerRequest:
    """Verifies a request to a handler and reads it. Raises WebhookRefused."""
    verify_webhook(secret, headers, body, **options)
    return parsed(HandlerRequest, json.loads(body))


async def answer_webhook(
    secret: str, handlers: Mapping[str, Handler], headers: Mapping[str, str], body: bytes | str
) -> WebhookAnswer:
    """Verifies a request and answers it by the handler of its action type.

    Raises nothing but ValueError, for a secret that is none. A status from 400 to 499 tells
    Interlock that nothing was done. After 500 it asks for the status.
    """
    _key_of(secret)
    try:
        request = read_webhook(secret, headers, body)
    except WebhookRefused as refusal:
        return _refusal(401, str(refusal))
    except ValueError as error:
        return _refusal(400, str(error))
    handler = handlers.get(request.action_type)
    if handler is None or request.step not in handler:
        return _refusal(404, f"there is no {request.step} of `{request.action_type}` here")
    try:
        return WebhookAnswer(200, dumped(await answer_step(handler, request)))
    except NotApplied as refusal:
        return _refusal(422, str(refusal))
    except Exception:
        _log.exception("%s of the action %s failed", request.step, request.action_id)
        return _refusal(500, "nobody knows how far it came")


def serve_webhooks(
    secret: str,
    handlers: Mapping[str, Handler],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    loop: asyncio.AbstractEventLoop | None = None,
) -> ThreadingHTTPServer:
    """Answers webhooks in threads of this process, until `shutdown()` of the returned server.

    For a small program; a larger one calls answer_webhook from its own web server. Steps that are
    coroutines run in `loop`, if it is given. `server_port` is the port that a port of 0 became.
    Raises ValueError for a secret that is none, OSError if the port is taken.
    """
    _key_of(secret)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > _LARGEST_BODY:
                self.close_connection = True
                self._answer(_refusal(413, "the body is too large"))
                return
            answering = answer_webhook(
                secret, handlers, dict(self.headers.items()), self.rfile.read(int(length))
            )
            if loop is None:
                self._answer(asyncio.run(answering))
            else:
                self._answer(asyncio.run_coroutine_threadsafe(answering, loop).result())

        def _answer(self, answer: WebhookAnswer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            _log.debug(format, *args)

    server = ThreadingHTTPServer((host, port), Answering)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="interlock-webhooks", daemon=True).start()
    return server


def _key_of(secret: str | None) -> bytes:
    if not secret:
        raise ValueError("there is no secret: give the one of `interlock secrets put handler …`")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not a signing secret (whsec_…)") from error
    if key == b"":
        raise ValueError("the secret is empty")
    return key


def _refusal(status: int, detail: str) -> WebhookAnswer:
    return WebhookAnswer(status, dumped({"detail": detail}))
