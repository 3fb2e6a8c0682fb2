"""Handlers and intents on the bus, over a real nats-server at INTERLOCK_NATS."""

import asyncio
import json
import os
import unittest
from typing import Any

from interlock_client import HandlerRequest, NotApplied, publish_intent, serve_on_bus
from nats_stand_in import connected
from test_client import INTENT

SERVER = os.environ.get("INTERLOCK_NATS", "")


def a_request(step: str, **more: Any) -> bytes:
    return json.dumps(
        {
            "step": step,
            "request_id": "r-1",
            "deadline": "2026-11-20T08:00:00.000Z",
            "action_id": "a-1",
            "action_type": "mail.sort",
            "version": 1,
            "entity_id": "message-1",
            "parameters": {},
            **more,
        }
    ).encode()


@unittest.skipIf(SERVER == "", "INTERLOCK_NATS names no nats-server")
class OnTheBus(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.handler_side = await connected(SERVER)
        self.gateway_side = await connected(SERVER)

    async def asyncTearDown(self) -> None:
        await self.handler_side.close()
        await self.gateway_side.close()

    async def asked(self, data: bytes, subject: str = "interlock.handlers.demo.mail=sort.status") -> Any:
        return json.loads((await self.gateway_side.request(subject, data, timeout=60)).data)

    async def test_serves_the_steps_of_a_handler_and_leaves_faults_unanswered(self) -> None:
        faults: list[Exception] = []
        told = asyncio.Event()

        def on_fault(fault: Exception) -> None:
            faults.append(fault)
            told.set()

        def status(request: HandlerRequest) -> dict[str, Any]:
            if request.entity_id == "broken":
                raise NotApplied("no")
            return {"status": "applied" if request.action_id == "a-1" else "not_applied"}

        async def apply(request: HandlerRequest) -> dict[str, Any]:
            await asyncio.sleep(0)
            return {"status": "applied", "undo": {"from": request.entity_id}}

        served = await serve_on_bus(
            self.handler_side, "demo", "mail.sort", {"apply": apply, "status": status}, on_fault
        )
        await self.handler_side.flush()
        self.assertEqual(await self.asked(a_request("status")), {"status": "applied"})
        self.assertEqual(
            await self.asked(a_request("apply"), "interlock.handlers.demo.mail=sort.apply"),
            {"status": "applied", "undo": {"from": "message-1"}},
        )
        for data, fault in (
            (a_request("undo"), LookupError),
            (b"no JSON", ValueError),
            (a_request("status", entity_id="broken"), NotApplied),
        ):
            told.clear()
            await self.gateway_side.publish("interlock.handlers.demo.mail=sort.status", data)
            await told.wait()
            self.assertIsInstance(faults[-1], fault)
        self.assertEqual(await self.asked(a_request("status", action_id="a-2")), {"status": "not_applied"})
        await served.unsubscribe()

    async def test_publishes_an_intent_once_and_again_if_it_changes(self) -> None:
        told = []
        for confidence in (0.9, 0.9, 0.8):
            told.append(
                await publish_intent(
                    self.handler_side, "demo.mail-sorter", {**INTENT, "confidence_score": confidence}
                )
            )
        self.assertEqual(told, [False, True, False])


if __name__ == "__main__":
    unittest.main()
