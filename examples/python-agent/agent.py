"""An agent in Python: it asks for an action and follows it to its end.

INTERLOCK_CREDENTIAL names the file of a registered agent's credential; without it, INTERLOCK_TOKEN
is a token. Where the package `nats-py` is there, INTERLOCK_NATS names the bus, and
INTERLOCK_NATS_USER and INTERLOCK_NATS_PASSWORD a user of the tenant, the intent is published on the
bus.
"""

import asyncio
import os
import uuid

from interlock_client import ActionIntent, AgentCredential, AsyncInterlockClient, publish_intent

URL = os.environ["INTERLOCK_URL"]

# A dry run goes through every gate, and changes nothing.
INTENT = ActionIntent(
    intent_id=f"python-{uuid.uuid4()}",
    tenant_id="demo",
    account_id="knowledge",
    agent="knowledge_sync",
    action_type="knowledge.reindex",
    entity_id="index-1",
    parameters={"size_mb": 12},
    affected_entity_count=1,
    confidence_score=0.9,
    dry_run=True,
)


def client() -> AsyncInterlockClient:
    if "INTERLOCK_CREDENTIAL" in os.environ:
        credential = AgentCredential.from_file(os.environ["INTERLOCK_CREDENTIAL"])
        return AsyncInterlockClient(credential=credential)
    return AsyncInterlockClient(URL, token=os.environ["INTERLOCK_TOKEN"])


async def publish() -> None:
    """Publishes the intent on the bus. Raises ImportError without `nats-py`."""
    import nats

    user = os.environ["INTERLOCK_NATS_USER"]
    connection = await nats.connect(
        os.environ["INTERLOCK_NATS"],
        user=user,
        password=os.environ["INTERLOCK_NATS_PASSWORD"],
        inbox_prefix=f"_INBOX.{user.replace('.', '=')}",
    )
    await publish_intent(connection, user, INTENT)
    await connection.drain()


async def main() -> None:
    if "INTERLOCK_NATS" in os.environ:
        try:
            await publish()
            print("published on the bus")
        except ImportError:
            print("nats-py is not there: by HTTP")
    async with client() as interlock:
        # An intent that came over the bus answers with the same action.
        accepted = await interlock.submit(INTENT)
        action = await interlock.wait_for_outcome(accepted.action_id, accepted.position)
    gates = ", ".join(f"{gate.gate} {gate.verdict}" for gate in action.gates)
    print(f"{action.action_type}: {action.state} ({gates})")


asyncio.run(main())
