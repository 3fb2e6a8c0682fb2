"""An HTTP server on loopback that answers as a test says."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request as it came. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, value: Any, **headers: str) -> Answer:
    """Answers JSON."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        for name, content in headers.items():
            handler.send_header(name.replace("_", "-"), content)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection without an answer."""
    handler.close_connection = True
    handler.connection.close()


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection inside the answer."""
    handler.send_response(200)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"action_id":')
    handler.close_connection = True


class Answering:
    """Gives the answers in order; the last one for every further request."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append(Asked(self.command, self.path, headers, body))
                next_one = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                next_one(self)

            do_GET = do_POST = handle_one

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> "Answering":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def an_action(state: str, **more: Any) -> dict[str, Any]:
    """An action as the API shows it."""
    at = "2026-11-20T08:00:00.000Z"
    return {
        "action_id": "a-1",
        "intent_id": "i-1",
        "tenant_id": "demo",
        "account_id": "mail",
        "agent": "mail-sorter",
        "action_type": "mail.sort",
        "entity_id": "message-1",
        "parameters": {},
        "affected_entity_count": 1,
        "state": state,
        "dry_run": False,
        "requester": "service:agent.mail-sorter",
        "claimed_by": None,
        "accepted_at": at,
        "ended_at": at if state in ("COMPLETED", "DENIED", "REJECTED", "ROLLED_BACK") else None,
        "due_at": None,
        "server_time": at,
        "waiting_for": None,
        "waiting": None,
        "reasons": [],
        "effect": None,
        "rollback": None,
        "comments": [],
        "gates": [],
        "plan": None,
        "window": None,
        "approval": None,
        "automatic_if": [],
        "validation_result": None,
        "observation": None,
        "position": "401",
        **more,
    }


ACCEPTED = {"action_id": "a-1", "intent_id": "i-1", "position": "401", "state": "PENDING"}


def a_problem(status: int, code: str, **more: Any) -> dict[str, Any]:
    """Problem details."""
    return {
        "type": f"urn:interlock:problem:{code}",
        "title": code,
        "status": status,
        "code": code,
        "detail": "no",
        **more,
    }
