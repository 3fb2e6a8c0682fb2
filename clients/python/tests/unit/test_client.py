"""The clients against an HTTP server that fails as networks and services do."""

import asyncio
import datetime
import json
import time
import unittest
from typing import Any

import pydantic
from answering import ACCEPTED, Answering, a_problem, an_action, answer, breaks_off, hangs_up
from interlock_client import (
    ActionIntent,
    AsyncInterlockClient,
    InterlockClient,
    InterlockProblem,
    StillRunning,
)

INTENT: dict[str, Any] = {
    "intent_id": "i-1",
    "tenant_id": "demo",
    "account_id": "mail",
    "agent": "mail-sorter",
    "action_type": "mail.sort",
    "entity_id": "message-1",
    "parameters": {"folder": None},
    "affected_entity_count": 1,
    "confidence_score": 0.9,
}


class Submitting(unittest.TestCase):
    def test_repeats_what_was_not_taken_with_the_same_idempotency_key(self) -> None:
        with Answering(
            hangs_up,
            answer(429, a_problem(429, "rate-limited"), retry_after="0"),
            answer(503, a_problem(503, "overloaded"), retry_after="1"),
            answer(202, ACCEPTED),
        ) as server, InterlockClient(server.url, token="t", tenant="demo") as client:
            began = time.monotonic()
            accepted = client.submit(ActionIntent(**INTENT))
            self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual((accepted.action_id, accepted.position), ("a-1", "401"))
        self.assertEqual(len(server.asked), 4)
        self.assertEqual(len({one.headers["idempotency-key"] for one in server.asked}), 1)
        for one in server.asked:
            self.assertEqual(json.loads(one.body), INTENT)
            self.assertEqual((one.headers["authorization"], one.headers["x-tenant-id"]), ("Bearer t", "demo"))

    def test_gives_up_after_its_time_with_the_last_problem(self) -> None:
        with Answering(answer(503, a_problem(503, "overloaded"), retry_after="60")) as server:
            with InterlockClient(server.url, token="t") as client, self.assertRaises(
                InterlockProblem
            ) as refused:
                client.submit(INTENT)
        self.assertEqual((refused.exception.code, refused.exception.retry_after_s), ("overloaded", 60))
        self.assertTrue(refused.exception.may_pass)
        self.assertEqual(len(server.asked), 1)

    def test_does_not_repeat_a_refusal_and_shows_its_violations_and_remedy(self) -> None:
        violations = [{"pointer": "/entity_id", "detail": "is required"}]
        problem = a_problem(422, "validation-failed", violations=violations, remedy="name the entity")
        with Answering(answer(422, problem)) as server, InterlockClient(server.url, token="t") as client:
            with self.assertRaises(InterlockProblem) as refused:
                client.submit(INTENT)
        self.assertEqual(len(server.asked), 1)
        self.assertEqual(refused.exception.violations[0].pointer, "/entity_id")
        self.assertEqual(refused.exception.remedy, "name the entity")
        self.assertEqual(str(refused.exception), "validation-failed: no\n  /entity_id is required")

    def test_asks_for_a_token_at_each_request(self) -> None:
        tokens = iter(["one", "two"])
        with Answering(answer(202, ACCEPTED)) as server:
            with InterlockClient(server.url, token=lambda: next(tokens)) as client:
                client.submit(INTENT)
                client.submit(INTENT)
        self.assertEqual([one.headers["authorization"] for one in server.asked], ["Bearer one", "Bearer two"])

    def test_needs_exactly_one_identity(self) -> None:
        with self.assertRaises(ValueError):
            InterlockClient("http://127.0.0.1:1")
        with self.assertRaises(ValueError):
            InterlockClient(token="t")


class Waiting(unittest.TestCase):
    def test_goes_on_over_lost_connections_and_unavailable_services(self) -> None:
        with Answering(
            answer(200, an_action("PENDING")),
            hangs_up,
            breaks_off,
            answer(503, a_problem(503, "read-model-behind"), retry_after="0"),
            answer(500, a_problem(500, "internal-error")),
            answer(200, an_action("COMPLETED", feedback=[])),
        ) as server, InterlockClient(server.url, token="t") as client:
            action = client.wait_for_outcome("a-1", "401")
        self.assertEqual(action.state, "COMPLETED")
        self.assertEqual(len(server.asked), 6)
        self.assertEqual({one.headers["interlock-min-position"] for one in server.asked}, {"401"})

    def test_reads_no_older_than_what_it_submitted(self) -> None:
        with Answering(answer(202, ACCEPTED), answer(200, an_action("COMPLETED", feedback=[]))) as server:
            with InterlockClient(server.url, token="t") as client:
                client.submit(INTENT)
                client.action("a-1")
                client.wait_for_outcome("a-1")
                client.wait_for_outcome("a-1", "777")
                client.action("a-2")
        positions = [one.headers.get("interlock-min-position") for one in server.asked]
        self.assertEqual(positions, [None, "401", "401", "777", None])

    def test_says_after_its_time_how_far_the_action_is(self) -> None:
        with Answering(answer(200, an_action("AWAITING_APPROVAL"))) as server:
            with InterlockClient(server.url, token="t") as client, self.assertRaises(StillRunning) as still:
                client.wait_for_outcome("a-1", timeout_s=0.3)
        self.assertEqual(still.exception.action_id, "a-1")
        self.assertEqual(still.exception.action and still.exception.action.state, "AWAITING_APPROVAL")

    def test_ends_with_a_permanent_problem(self) -> None:
        with Answering(answer(404, a_problem(404, "action-not-found"))) as server:
            with InterlockClient(server.url, token="t") as client, self.assertRaises(
                InterlockProblem
            ) as refused:
                client.wait_for_outcome("a-1")
        self.assertEqual(refused.exception.code, "action-not-found")

    def test_waits_without_blocking_the_loop(self) -> None:
        async def run(url: str) -> tuple[str, int]:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0)
                    ticks += 1

            async with AsyncInterlockClient(url, token="t") as client:
                ticking = asyncio.create_task(tick())
                accepted = await client.submit(INTENT)
                action = await client.wait_for_outcome(accepted.action_id, accepted.position)
                ticking.cancel()
            return action.state, ticks

        with Answering(
            answer(202, ACCEPTED),
            hangs_up,
            answer(200, an_action("PENDING")),
            answer(200, an_action("DENIED")),
        ) as server:
            state, ticks = asyncio.run(run(server.url))
        self.assertEqual(state, "DENIED")
        self.assertGreater(ticks, 10)


class Deciding(unittest.TestCase):
    def test_names_the_digest_that_is_asked_for_now(self) -> None:
        window = {
            "due_at": "2026-11-20T08:00:00.000Z",
            "end": {"outcome": "proceeds", "detail": "it goes on"},
            "policy_id": None,
            "on_elapse": "proceed",
            "holds": [],
            "digest": "ab" * 32,
            "digest_parts": {"action": "", "risk_score": 1, "diff": "", "leaves": "", "policies": ""},
            "smallest_change": [],
        }
        with Answering(
            answer(200, an_action("AWAITING_CONFIRMATION", window=window)),
            answer(200, an_action("EXECUTING")),
        ) as server, InterlockClient(server.url, token="t") as client:
            client.confirm("a-1", comment="yes")
        self.assertEqual(server.asked[1].path, "/api/v1/autonomous/actions/a-1/confirm")
        self.assertEqual(json.loads(server.asked[1].body), {"digest": "ab" * 32, "comment": "yes"})


class Models(unittest.TestCase):
    def test_an_intent_refuses_unknown_members_and_numbers_that_would_be_cut(self) -> None:
        for wrong in (
            {"confidnce": 1},
            {"affected_entity_count": 1.5},
            {"risk_level": "SOME"},
            {"dry_run": "maybe"},
        ):
            with self.subTest(wrong), self.assertRaises(pydantic.ValidationError):
                ActionIntent(**{**INTENT, **wrong})

    def test_times_are_sent_in_utc_and_need_a_zone(self) -> None:
        with Answering(answer(202, ACCEPTED)) as server, InterlockClient(server.url, token="t") as client:
            zone = datetime.timezone(datetime.timedelta(hours=2))
            client.submit(ActionIntent(**INTENT, not_after=datetime.datetime(2026, 1, 1, 1, tzinfo=zone)))
            with self.assertRaises(ValueError):
                client.submit(ActionIntent(**INTENT, not_after=datetime.datetime(2026, 1, 1)))
        self.assertEqual(json.loads(server.asked[0].body)["not_after"], "2025-12-31T23:00:00.000Z")

    def test_an_answer_of_a_newer_interlock_is_read(self) -> None:
        newer = an_action("ON_HOLIDAY", reasons=[{"code": "new", "detail": "d", "more": 1}], shown_to=["ann"])
        with Answering(answer(200, newer)) as server, InterlockClient(server.url, token="t") as client:
            action = client.action("a-1")
        self.assertEqual((action.state, getattr(action, "shown_to")), ("ON_HOLIDAY", ["ann"]))
        self.assertEqual(getattr(action.reasons[0], "more"), 1)

    def test_an_answer_that_is_none_is_a_problem(self) -> None:
        with Answering(answer(200, {"action_id": 1})) as server, InterlockClient(
            server.url, token="t"
        ) as client:
            for asking in (client.action, client.wait_for_outcome):
                with self.assertRaises(InterlockProblem) as refused:
                    asking("a-1")
                self.assertEqual(
                    (refused.exception.code, refused.exception.may_pass), ("internal-error", False)
                )


if __name__ == "__main__":
    unittest.main()
