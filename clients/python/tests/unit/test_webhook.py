"""Signatures of Standard Webhooks, and the answers of a handler."""

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import time
import unittest
from typing import Any

from interlock_client import (
    HandlerRequest,
    NotApplied,
    WebhookRefused,
    answer_webhook,
    read_webhook,
    serve_webhooks,
    verify_webhook,
)
from test_bus import a_request

# The example of the specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = 1614265330
BODY = '{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": str(AT),
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def signed(body: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"r-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": "r-1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class Verifying(unittest.TestCase):
    def test_takes_the_right_signature_among_several(self) -> None:
        verify_webhook(SECRET, HEADERS, BODY, now=AT + 299)
        several = {**HEADERS, "Webhook-Signature": f"v1a,x v1,{'A' * 43}= {HEADERS['Webhook-Signature']}"}
        verify_webhook(SECRET, several, BODY.encode(), now=AT - 299)

    def test_refuses_what_is_forged_changed_stale_or_incomplete(self) -> None:
        other = f"whsec_{base64.b64encode(b'another secret').decode()}"
        cases: list[tuple[str, dict[str, str], str, float]] = [
            (other, HEADERS, BODY, AT),
            (SECRET, HEADERS, BODY + " ", AT),
            (SECRET, HEADERS, BODY, AT + 301),
            (SECRET, HEADERS, BODY, AT - 301),
            (SECRET, {**HEADERS, "Webhook-Id": "msg_other"}, BODY, AT),
            (SECRET, {**HEADERS, "Webhook-Timestamp": str(AT + 1)}, BODY, AT),
            (SECRET, {**HEADERS, "Webhook-Timestamp": "soon"}, BODY, AT),
            (SECRET, {**HEADERS, "Webhook-Signature": ""}, BODY, AT),
            (SECRET, {**HEADERS, "Webhook-Signature": HEADERS["Webhook-Signature"][3:]}, BODY, AT),
            (SECRET, {}, BODY, AT),
        ]
        for secret, headers, body, now in cases:
            with self.subTest((headers, body, now)), self.assertRaises(WebhookRefused):
                verify_webhook(secret, headers, body, now=now)

    def test_needs_a_signing_secret(self) -> None:
        absent: Any = None
        for secret in (absent, "", "whsec_", "whsec_no base64"):
            with self.subTest(secret), self.assertRaises(ValueError):
                verify_webhook(secret, HEADERS, BODY, now=AT)
            with self.subTest(secret), self.assertRaises(ValueError):
                asyncio.run(answer_webhook(secret, {}, HEADERS, BODY))
            with self.subTest(secret), self.assertRaises(ValueError):
                serve_webhooks(secret, {})

    def test_reads_the_request(self) -> None:
        body = a_request("apply", parameters={"folder": "spam"}, more=1)
        request = read_webhook(SECRET, signed(body), body)
        self.assertEqual(
            (request.step, request.parameters, request.undo), ("apply", {"folder": "spam"}, None)
        )


class Answering(unittest.TestCase):
    def answer(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        def apply(request: HandlerRequest) -> dict[str, Any]:
            if request.entity_id == "absent":
                raise NotApplied("it is not there")
            if request.entity_id == "broken":
                raise OSError("no")
            return {"status": "applied"}

        handlers = {"mail.sort": {"apply": apply}}
        status, text = asyncio.run(
            answer_webhook(SECRET, handlers, signed(body) if headers is None else headers, body)
        )
        return status, json.loads(text)

    def test_says_by_its_status_whether_anything_was_done(self) -> None:
        self.assertEqual(self.answer(a_request("apply")), (200, {"status": "applied"}))
        self.assertEqual(self.answer(a_request("apply"), {})[0], 401)
        self.assertEqual(self.answer(b"no JSON")[0], 400)
        self.assertEqual(self.answer(b'{"step":"apply"}')[0], 400)
        self.assertEqual(self.answer(a_request("undo"))[0], 404)
        self.assertEqual(self.answer(a_request("apply", action_type="mail.send"))[0], 404)
        self.assertEqual(
            self.answer(a_request("apply", entity_id="absent")), (422, {"detail": "it is not there"})
        )
        with self.assertLogs("interlock_client", "ERROR"):
            self.assertEqual(self.answer(a_request("apply", entity_id="broken"))[0], 500)

    def test_a_server_in_threads_answers_and_refuses_large_bodies(self) -> None:
        server = serve_webhooks(SECRET, {"mail.sort": {"status": lambda _: {"status": "not_applied"}}})
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        def post(body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            answer = response.status, json.loads(response.read())
            connection.close()
            return answer

        body = a_request("status")
        self.assertEqual(post(body, signed(body)), (200, {"status": "not_applied"}))
        self.assertEqual(post(body, {})[0], 401)
        self.assertEqual(post(b"", {"content-length": "1048577"})[0], 413)


if __name__ == "__main__":
    unittest.main()
