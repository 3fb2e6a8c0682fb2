"""The client against a running Interlock; apps/e2e/test/agents.e2e.spec.ts starts both."""

import asyncio
import inspect
import json
import os
import unittest
from collections.abc import Callable
from typing import Any

import world
from world import AGENT, intent
from interlock_client import (
    AgentCredential,
    AsyncInterlockClient,
    HandlerRequest,
    InterlockClient,
    InterlockProblem,
    NotApplied,
    Pending,
    Refused,
    StillRunning,
    governed,
    handlers,
    serve_webhooks,
)

CREDENTIAL = str(world.HOME / "python-agent.json")


def setUpModule() -> None:
    world.approved("agents", "create", AGENT, "--account", world.ACCOUNT, "--out", CREDENTIAL)


class Mailbox:
    """A mailbox with a handler written by hand."""

    def __init__(self) -> None:
        self.moved: dict[str, str] = {}
        self.handler = {"apply": self.apply, "status": self.status}

    def apply(self, request: HandlerRequest) -> dict[str, Any]:
        self.moved[request.action_id] = request.entity_id
        return {"status": "applied"}

    def status(self, request: HandlerRequest) -> dict[str, Any]:
        return {"status": "applied" if request.action_id in self.moved else "not_applied"}


class ByHand(unittest.TestCase):
    """An agent that submits intents and answers its handler's webhook."""

    mailbox = Mailbox()

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = serve_webhooks(world.SECRET, {"mail.move": cls.mailbox.handler})
        world.register("mail.move", cls.server.server_port)
        with world.administrator() as admin:
            policy = {
                "policy_id": "no-spam",
                "name": "Spam is not moved",
                "action_types": ["mail.move"],
                "decision": "DENY",
                "conditions": [{"field": "parameters.spam", "op": "==", "value": True}],
            }
            world.confirmed(admin, "POST", f"/api/v1/policies/{world.TENANT}", policy)
        cls.client = InterlockClient(credential=AgentCredential.from_file(CREDENTIAL))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.client.close()
        cls.server.shutdown()
        cls.server.server_close()

    def held(self, entity: str) -> str:
        accepted = self.client.submit(intent("mail.move", entity))

        def asked() -> bool:
            return self.client.action(accepted.action_id, accepted.position).state == "AWAITING_APPROVAL"

        world.until(asked, "the action asks a person")
        return accepted.action_id

    def test_runs_once_approved_and_is_the_same_action_when_submitted_again(self) -> None:
        content = intent("mail.move", "message-1")
        first = self.client.submit(content)
        self.assertEqual(self.client.submit(content).action_id, first.action_id)
        with self.assertRaises(StillRunning) as still:
            self.client.wait_for_outcome(first.action_id, first.position, timeout_s=0)
        self.assertEqual(still.exception.action_id, first.action_id)
        with world.person() as person:
            world.until(lambda: person.action(first.action_id).approval, "the action asks a person")
            self.assertNotIn(first.action_id, self.mailbox.moved)
            person.approve(first.action_id, comment="it is fine")
        # Another process needs the id alone.
        with InterlockClient(credential=AgentCredential.from_file(CREDENTIAL)) as later:
            ended = later.wait_for_outcome(first.action_id)
        self.assertEqual((ended.state, ended.effect, ended.reasons), ("COMPLETED", "applied", []))
        self.assertEqual(self.mailbox.moved[first.action_id], "message-1")

    def test_is_denied_with_its_reasons(self) -> None:
        accepted = self.client.submit(intent("mail.move", "message-2", parameters={"spam": True}))
        ended = self.client.wait_for_outcome(accepted.action_id, accepted.position)
        self.assertEqual(ended.state, "DENIED")
        self.assertIn("Spam is not moved", " ".join(reason.detail for reason in ended.reasons))

    def test_is_rejected_by_a_person(self) -> None:
        action_id = self.held("message-3")
        with world.person() as person:
            person.reject(action_id, "not this one")
        self.assertEqual(self.client.wait_for_outcome(action_id).state, "REJECTED")

    def test_is_refused_with_code_and_violations(self) -> None:
        with self.assertRaises(InterlockProblem) as refused:
            self.client.submit(intent("mail.move", "message-4", confidence_score=2))
        problem = refused.exception
        self.assertEqual((problem.code, problem.status, problem.may_pass), ("validation-failed", 422, False))
        self.assertEqual([one.pointer for one in problem.violations], ["/confidence_score"])
        self.assertEqual(
            world.code_of(lambda: self.client.submit(intent("mail.move", "m", account_id="other"))),
            "wrong-agent",
        )

    def test_an_asynchronous_client_runs_a_dry_run(self) -> None:
        async def run() -> str:
            async with AsyncInterlockClient(credential=AgentCredential.from_file(CREDENTIAL)) as client:
                accepted = await client.submit(intent("mail.move", "message-5", dry_run=True))
                return (await client.wait_for_outcome(accepted.action_id, accepted.position)).state

        self.assertEqual(asyncio.run(run()), "COMPLETED")


class GovernedFunctions(unittest.TestCase):
    """A function with one line around it."""

    @staticmethod
    def returned(calling: Callable[[], Any]) -> Any:
        """What a call returns once it is no longer pending."""
        while isinstance(answer := calling(), Pending):
            pass
        return answer

    def test_waits_in_words_for_a_person_and_then_returns_its_result(self) -> None:
        calls: list[tuple[str, str]] = []
        client = InterlockClient(credential=AgentCredential.from_file(CREDENTIAL))

        @governed(client, action_type="mail.file", entity="message", account=world.ACCOUNT)
        def file(message: str, folder: str = "archive") -> dict[str, str]:
            """Files a message."""
            calls.append((message, folder))
            return {"filed": message}

        self.assertEqual((file.__name__, file.__doc__), ("file", "Files a message."))
        self.assertEqual(
            str(inspect.signature(file)), "(message: str, folder: str = 'archive') -> dict[str, str]"
        )

        server = serve_webhooks(world.SECRET, handlers(file))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(client.close)
        world.register("mail.file", server.server_port)

        pending = file("message-6")
        assert isinstance(pending, Pending)
        self.assertRegex(
            pending, r"^Pending: file has not returned yet.* person's approval.*continuation \S+\.$"
        )
        again = file("message-6", folder="archive")
        assert isinstance(again, Pending)
        self.assertEqual((again.continuation, calls), (pending.continuation, []))
        with world.person() as person:
            person.approve(pending.continuation)
        self.assertEqual(self.returned(lambda: file.resume(pending.continuation)), {"filed": "message-6"})
        self.assertEqual(calls, [("message-6", "archive")])

        other = file("message-6")
        assert isinstance(other, Pending)
        self.assertNotEqual(other.continuation, pending.continuation)
        with world.person() as person:
            person.reject(other.continuation)
        refused = self.returned(lambda: file("message-6"))
        self.assertIsInstance(refused, Refused)
        self.assertIn("REJECTED", str(refused))
        self.assertEqual(len(calls), 1)

    def test_an_asynchronous_function_is_taken_back_if_it_says_that_it_did_nothing(self) -> None:
        async def run() -> tuple[Any, Any]:
            async with AsyncInterlockClient(credential=AgentCredential.from_file(CREDENTIAL)) as client:

                @governed(client, action_type="mail.send", entity="message", account=world.ACCOUNT)
                async def send(message: str) -> str:
                    if message == "message-8":
                        raise NotApplied("the mail server is away")
                    await asyncio.sleep(0)
                    return f"sent {message}"

                server = serve_webhooks(world.SECRET, handlers(send), loop=asyncio.get_running_loop())
                await asyncio.to_thread(world.register, "mail.send", server.server_port)

                async def approved(message: str) -> Any:
                    pending = await send(message)
                    assert isinstance(pending, Pending), pending
                    with world.person() as person:
                        await asyncio.to_thread(person.approve, pending.continuation)
                    while isinstance(answer := await send.resume(pending.continuation), Pending):
                        pass
                    return answer

                try:
                    return await approved("message-7"), await approved("message-8")
                finally:
                    await asyncio.to_thread(server.shutdown)
                    server.server_close()

        sent, refused = asyncio.run(run())
        self.assertEqual(sent, "sent message-7")
        self.assertIsInstance(refused, Refused)


class ZCredentials(unittest.TestCase):
    """Last of all, because it ends the agent's credential."""

    def test_goes_on_with_a_new_key_in_the_file_and_ends_with_its_revocation(self) -> None:
        with InterlockClient(credential=AgentCredential.from_file(CREDENTIAL)) as client:
            accepted = client.submit(intent("mail.move", "message-9", dry_run=True))
            action_id = accepted.action_id
            client.wait_for_outcome(action_id, accepted.position)
            old = InterlockClient(credential=AgentCredential(self.content()))
            self.addCleanup(old.close)
            self.assertEqual(old.action(action_id).state, "COMPLETED")

            world.approved("agents", "rotate", AGENT, "--credential", CREDENTIAL, "--overlap", "0")
            os.rename(f"{CREDENTIAL}.next", CREDENTIAL)
            world.until(
                lambda: world.code_of(lambda: old.action(action_id)) == "credential-revoked",
                "the old key has ended",
            )
            # The running client reads the new key from its file.
            self.assertEqual(client.action(action_id).state, "COMPLETED")

            world.cli("agents", "revoke", AGENT)
            self.assertEqual(
                world.until(lambda: world.code_of(lambda: client.action(action_id)), "the agent is refused"),
                "credential-revoked",
            )

    @staticmethod
    def content() -> Any:
        with open(CREDENTIAL, encoding="utf-8") as file:
            return json.load(file)


if __name__ == "__main__":
    unittest.main()
