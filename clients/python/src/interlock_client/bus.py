"""Intents and handlers on the bus, with a connection of the package `nats-py`."""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timezone
from typing import Any, Protocol

from ._model import dumped, parsed, plain
from .handler import Handler, HandlerRequest, answer_step
from .models import ActionIntent

_log = logging.getLogger("interlock_client")


class BusMessage(Protocol):
    """The parts of a message of `nats-py` that are used."""

    @property
    def data(self) -> bytes:
        ...

    async def respond(self, data: bytes) -> None:
        ...


class BusSubscription(Protocol):
    """The part of a subscription of `nats-py` that is used."""

    async def unsubscribe(self) -> None:
        ...


class BusStream(Protocol):
    """The part of the JetStream context of `nats-py` that is used."""

    async def publish(self, subject: str, payload: bytes, *, headers: dict[str, Any]) -> Any:
        ...


class BusConnection(Protocol):
    """The parts of a connection of `nats-py` that are used."""

    async def subscribe(self, subject: str, *, cb: Callable[[Any], Awaitable[None]]) -> Any:
        ...

    def jetstream(self) -> Any:
        ...


def _token(name: str) -> str:
    """A name as a part of a subject."""
    return name.replace(".", "=")


async def serve_on_bus(
    connection: BusConnection,
    tenant: str,
    action_type: str,
    handler: Handler,
    on_fault: Callable[[Exception], None] = lambda fault: _log.error("no answer", exc_info=fault),
) -> BusSubscription:
    """Serves a handler on the bus, without an open port.

    A step that raises gets no answer, so its outcome is left to `status`. `on_fault` receives such
    errors and those of unreadable messages.
    """

    async def answer(message: BusMessage) -> None:
        try:
            request = parsed(HandlerRequest, json.loads(message.data))
            await message.respond(dumped(await answer_step(handler, request)).encode())
        except Exception as fault:
            on_fault(fault)

    subject = f"interlock.handlers.{_token(tenant)}.{_token(action_type)}.*"
    subscription: BusSubscription = await connection.subscribe(subject, cb=answer)
    return subscription


async def publish_intent(
    connection: BusConnection, user: str, intent: ActionIntent | Mapping[str, Any]
) -> bool:
    """Publishes an intent on the bus as its user (`<tenant>.<name>`).

    Returns whether the bus already had it. An intent that changes is published again.
    """
    content = plain(intent) if isinstance(intent, ActionIntent) else dict(intent)
    event = {
        "specversion": "1.0",
        "type": "interlock.action_intent.v1",
        "source": "interlock-client-python",
        "id": content["intent_id"],
        "time": datetime.now(timezone.utc),
        "datacontenttype": "application/json",
        "data": content,
    }
    digest = hashlib.sha256(dumped(content).encode()).hexdigest()
    stream: BusStream = connection.jetstream()
    acknowledged = await stream.publish(
        f"interlock.intents.{_token(content['tenant_id'])}.by.{_token(user)}",
        dumped(event).encode(),
        headers={"Nats-Msg-Id": f"{content['tenant_id']}:{content['intent_id']}:{digest}"},
    )
    return bool(acknowledged.duplicate)
