"""Governed functions: what callers get, and how their handler answers."""

import asyncio
import inspect
import json
import sqlite3
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

from answering import ACCEPTED, Answering, a_problem, an_action, answer
from interlock_client import (
    AsyncInterlockClient,
    Done,
    HandlerRequest,
    InterlockClient,
    InterlockProblem,
    Journal,
    NotApplied,
    Pending,
    Refused,
    answer_step,
    governed,
    handlers,
)
from interlock_client._model import parsed
from test_bus import a_request


def asked(function: Any, step: str, **more: Any) -> Any:
    """Asks the handler of a governed function, as Interlock does."""
    request = parsed(HandlerRequest, json.loads(a_request(step, **more)))
    (handler,) = handlers(function).values()
    return asyncio.run(answer_step(handler, request))  # type: ignore[arg-type]


SETTINGS: dict[str, Any] = {"action_type": "mail.sort", "entity": "message", "account": "mail"}


class Governing(unittest.TestCase):
    def serve(self, *answers: Any) -> tuple[Answering, InterlockClient]:
        server = Answering(*answers)
        self.addCleanup(server.__exit__)
        client = InterlockClient(server.url, token="t", tenant="demo")
        self.addCleanup(client.close)
        return server, client

    def test_keeps_name_signature_and_docstring(self) -> None:
        def sort(message: str, *, folder: str = "spam") -> str:
            """Sorts a message."""
            return folder

        _, client = self.serve(answer(202, ACCEPTED))
        wrapped = governed(client, **SETTINGS, agent="sorter")(sort)
        self.assertEqual(inspect.signature(wrapped), inspect.signature(sort))
        self.assertEqual((wrapped.__name__, inspect.getdoc(wrapped)), ("sort", "Sorts a message."))  # type: ignore[attr-defined]
        self.assertEqual(wrapped.resume.__name__, "sort_resume")

        async def later(message: str) -> None:
            ...

        later_client = AsyncInterlockClient("http://127.0.0.1:1", token="t", tenant="demo")
        self.assertTrue(
            inspect.iscoroutinefunction(governed(later_client, **SETTINGS, agent="sorter")(later))
        )

    def test_submits_what_the_call_says_and_returns_the_result(self) -> None:
        server, client = self.serve(
            answer(202, ACCEPTED), answer(200, an_action("EXECUTING")), answer(200, an_action("COMPLETED"))
        )

        @governed(
            client,
            **SETTINGS,
            agent="sorter",
            model="planner",
            affected=lambda message, folder: len(folder),
            confidence=0.9,
        )
        def sort(message: str, folder: str = "spam") -> tuple[str, str]:
            return message, folder

        asked(sort, "apply", parameters={"message": "message-1", "folder": "spam"})
        self.assertEqual(sort("message-1"), ["message-1", "spam"])
        body = json.loads(server.asked[0].body)
        self.assertRegex(body.pop("intent_id"), r"^python-[0-9a-f-]{36}$")
        self.assertEqual(
            body,
            {
                "tenant_id": "demo",
                "account_id": "mail",
                "agent": "sorter",
                "action_type": "mail.sort",
                "entity_id": "message-1",
                "parameters": {"message": "message-1", "folder": "spam"},
                "affected_entity_count": 4,
                "confidence_score": 0.9,
                "agent_model": "planner",
            },
        )

    def test_a_call_like_an_open_one_joins_it_and_a_later_one_is_new(self) -> None:
        reasons = [{"code": "mode", "detail": "the mode asks a person"}]
        held = answer(200, an_action("AWAITING_APPROVAL", reasons=reasons))
        server, client = self.serve(
            answer(202, ACCEPTED), held, held, answer(200, an_action("REJECTED")), answer(202, ACCEPTED), held
        )
        # The second call waits, and this time there is no time to wait.
        sort = governed(client, **SETTINGS, agent="sorter", wait_s=0)(lambda message: message)
        pending = [sort("m"), sort("m")]
        for one in pending:
            assert isinstance(one, Pending)
            self.assertEqual((one.continuation, one.state), ("a-1", "AWAITING_APPROVAL"))
            self.assertIn("Reason: the mode asks a person.", one)
        refused = sort.resume("a-1")
        assert isinstance(refused, Refused)
        self.assertEqual(refused, "Refused: <lambda> was not done (REJECTED).")
        self.assertIsInstance(sort("m"), Pending)
        submitted = [json.loads(one.body)["intent_id"] for one in server.asked if one.method == "POST"]
        self.assertEqual(len(set(submitted)), 2)

    def test_says_whether_a_rolled_back_call_did_anything(self) -> None:
        for effect, words in (
            ("taken_back", "was tried and taken back"),
            ("refused", "was tried, and nothing was done"),
        ):
            ended = answer(200, an_action("ROLLED_BACK", effect=effect))
            _, client = self.serve(answer(202, ACCEPTED), ended)
            sort = governed(client, **SETTINGS, agent="sorter")(lambda message: message)
            with self.subTest(effect):
                self.assertEqual(sort("m"), f"Refused: <lambda> {words} (ROLLED_BACK).")

    def test_a_refused_intent_is_raised_and_leaves_no_open_call(self) -> None:
        server, client = self.serve(answer(422, a_problem(422, "validation-failed")))
        sort = governed(client, **SETTINGS, agent="sorter")(lambda message: message)
        for _ in range(2):
            with self.assertRaises(InterlockProblem):
                sort("m")
        self.assertEqual(len({json.loads(one.body)["intent_id"] for one in server.asked}), 2)

    def test_says_if_the_result_is_not_here_or_nobody_answers(self) -> None:
        _, client = self.serve(answer(202, ACCEPTED), answer(200, an_action("COMPLETED")))
        sort = governed(client, **SETTINGS, agent="sorter")(lambda message: message)
        self.assertIsInstance(sort("m"), Done)
        _, away = self.serve(answer(202, ACCEPTED), answer(503, a_problem(503, "overloaded")))
        self.assertIsInstance(
            governed(away, **SETTINGS, agent="sorter", wait_s=0)(lambda message: 1)("m"), Pending
        )
        _, other = self.serve(answer(200, an_action("COMPLETED", action_type="mail.send")))
        with self.assertRaises(ValueError):
            governed(other, **SETTINGS, agent="sorter")(lambda message: 1).resume("a-1")

    def test_refuses_what_it_cannot_govern(self) -> None:
        _, client = self.serve(answer(202, ACCEPTED))

        async def later(message: str) -> None:
            ...

        later_client = AsyncInterlockClient("http://127.0.0.1:1", token="t", tenant="demo")
        wrong: list[tuple[Any, Any, dict[str, Any]]] = [
            (client, lambda *messages: 1, {"agent": "sorter"}),
            (client, lambda other: 1, {"agent": "sorter"}),
            (client, lambda message: 1, {}),
            (client, later, {"agent": "sorter"}),
            (later_client, lambda message: 1, {"agent": "sorter"}),
        ]
        for one, function, more in wrong:
            with self.subTest(function), self.assertRaises(TypeError):
                governed(one, **SETTINGS, **more)(function)
        with self.assertRaises(TypeError):
            governed(client, **SETTINGS, agent="sorter")(lambda message: 1)(object())


class Handling(unittest.TestCase):
    """The handler that runs the function, step by step."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "journal.sqlite3"
        self.calls: list[str] = []
        self.client = InterlockClient("http://127.0.0.1:1", token="t", tenant="demo")
        self.addCleanup(self.client.close)

    def sort(self, journal: Journal | None = None, **more: Any) -> Any:
        def sort(message: str) -> str:
            self.calls.append(message)
            if message == "absent":
                raise NotApplied("it is not there")
            if message == "broken":
                raise OSError("no")
            return f"sorted {message}"

        return governed(self.client, **SETTINGS, agent="sorter", journal=journal, **more)(sort)

    def apply(self, function: Any, message: str = "m", **more: Any) -> Any:
        return asked(function, "apply", parameters={"message": message}, **more)

    def test_runs_an_action_once_however_often_it_is_asked(self) -> None:
        sort = self.sort()
        self.assertEqual([self.apply(sort), self.apply(sort)], [{"status": "applied"}] * 2)
        self.assertEqual(asked(sort, "status"), {"status": "applied"})
        self.assertEqual(self.calls, ["m"])

    def test_says_that_it_is_running(self) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def slow(message: str) -> None:
            inside.set()
            go_on.wait()

        function = governed(self.client, **SETTINGS, agent="sorter")(slow)
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(self.apply(function)))
        thread.start()
        inside.wait()
        self.assertEqual(asked(function, "status"), {"status": "in_progress"})
        self.assertEqual(self.apply(function), {"status": "in_progress"})
        go_on.set()
        thread.join()
        self.assertEqual(answers, [{"status": "applied"}])

    def test_an_exception_leaves_the_outcome_unknown_and_not_applied_says_that_nothing_was_done(self) -> None:
        sort = self.sort()
        self.assertEqual(self.apply(sort, "absent"), {"status": "failed"})
        self.assertEqual(asked(sort, "status"), {"status": "not_applied"})
        with self.assertRaises(OSError):
            self.apply(sort, "broken", action_id="a-2")
        for step in ("apply", "status"):
            with self.assertRaises(RuntimeError):
                asked(sort, step, action_id="a-2", parameters={"message": "broken"})
        self.assertEqual(self.calls, ["absent", "broken"])

    def test_promises_that_it_did_not_run_only_with_a_file_and_keeps_the_promise(self) -> None:
        with self.assertRaises(RuntimeError):
            asked(self.sort(), "status")
        sort = self.sort(Journal(self.file))
        self.assertEqual(asked(sort, "status"), {"status": "not_applied"})
        with self.assertRaises(NotApplied):
            self.apply(self.sort(Journal(self.file)))
        self.assertEqual(self.calls, [])

    def test_a_process_that_starts_again_knows_results_and_does_not_guess(self) -> None:
        self.apply(self.sort(Journal(self.file)))
        again = self.sort(Journal(self.file))
        self.assertEqual(self.apply(again), {"status": "applied"})
        self.assertEqual(Journal(self.file).result("a-1"), ("sorted m",))
        Journal(self.file).begin("a-2", "running")
        with self.assertRaises(RuntimeError):
            asked(again, "status", action_id="a-2")
        self.assertEqual(self.calls, ["m"])

    def test_takes_a_function_back_once(self) -> None:
        undone: list[str] = []
        sort = self.sort(undo=lambda message: undone.append(message))
        with self.assertRaises(RuntimeError):
            asked(sort, "undo", parameters={"message": "m"})
        self.apply(sort)
        for _ in range(2):
            self.assertEqual(asked(sort, "undo", parameters={"message": "m"}), {"status": "undone"})
        self.assertEqual((undone, asked(sort, "status")), (["m"], {"status": "undone"}))
        with self.assertRaises(LookupError):
            asked(self.sort(), "undo")

    def test_an_undo_that_fails_leaves_the_outcome_unknown_and_is_not_repeated(self) -> None:
        inside, go_on = threading.Event(), threading.Event()
        tries: list[str] = []

        def undo(message: str) -> None:
            tries.append(message)
            inside.set()
            go_on.wait()
            raise OSError("no")

        sort = self.sort(undo=undo)
        self.apply(sort)
        faults: list[Exception] = []

        def first() -> None:
            try:
                asked(sort, "undo", parameters={"message": "m"})
            except OSError as fault:
                faults.append(fault)

        thread = threading.Thread(target=first)
        thread.start()
        inside.wait()
        self.assertEqual(asked(sort, "status"), {"status": "in_progress"})
        with self.assertRaises(RuntimeError):
            asked(sort, "undo", parameters={"message": "m"})
        go_on.set()
        thread.join()
        self.assertEqual((len(faults), tries), (1, ["m"]))
        with self.assertRaises(RuntimeError):
            asked(sort, "status")

    def test_a_journal_is_whole_after_a_failed_write(self) -> None:
        journal = Journal(self.file)
        other = Journal(self.file)
        journal.open("k")
        with self.assertRaises(sqlite3.IntegrityError):
            journal.begin("a-1", None)  # type: ignore[arg-type]
        self.assertEqual(other.open("k").intent_id, journal.open("k").intent_id)


if __name__ == "__main__":
    unittest.main()
