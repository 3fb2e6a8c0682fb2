"""An agent in Python: it asks for an action by plain HTTP and follows it to its end.

It needs nothing but Python's own library. Where the package `nats` (nats-py) is there, INTERLOCK_NATS names the bus, and INTERLOCK_NATS_USER and
INTERLOCK_NATS_PASSWORD a user of the tenant, the intent is published on the bus instead.
"""

import asyncio
import json
import os
import time
import urllib.error
import urllib.request
import uuid

if "INTERLOCK_CREDENTIAL" in os.environ:
    from credential import AgentCredential

URL = os.environ["INTERLOCK_URL"]
TOKEN = os.environ.get("INTERLOCK_TOKEN", "")
CREDENTIAL = AgentCredential(os.environ["INTERLOCK_CREDENTIAL"]) if "INTERLOCK_CREDENTIAL" in os.environ else None
ENDS = {
    "COMPLETED", "ROLLED_BACK", "ROLLBACK_FAILED", "DENIED", "BLOCKED", "PROPOSED", "REJECTED", "EXPIRED", "CANCELLED",
}


def identity(method, address):
    """A token, or the token and the proof of a registered agent whose credential is the file INTERLOCK_CREDENTIAL."""
    return {"authorization": f"Bearer {TOKEN}"} if CREDENTIAL is None else CREDENTIAL.headers(method, address)


def call(method, path, body=None, after=None):
    """Calls the API; a refusal is shown with its code and every violation. What is asked `after` a position knows of everything up to it."""
    asked = {**identity(method, URL + path), "content-type": "application/json"}
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers=asked if after is None else {**asked, "interlock-min-position": str(after)},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(f"{problem['code']}: {problem['detail']} {problem.get('violations', '')}") from error


def intent():
    """A dry run goes through every gate, and changes nothing."""
    return {
        "intent_id": f"python-{uuid.uuid4()}",
        "tenant_id": "demo",
        "account_id": "knowledge",
        "agent": "knowledge_sync",
        "action_type": "knowledge.reindex",
        "entity_id": "index-1",
        "parameters": {"size_mb": 12},
        "affected_entity_count": 1,
        "confidence_score": 0.9,
        "dry_run": True,
    }


async def publish(content):
    """Publishes the intent on the bus."""
    import nats  # pylint: disable=import-outside-toplevel

    user = os.environ["INTERLOCK_NATS_USER"]
    connection = await nats.connect(
        os.environ["INTERLOCK_NATS"],
        user=user,
        password=os.environ["INTERLOCK_NATS_PASSWORD"],
        inbox_prefix=f"_INBOX.{user.replace('.', '=')}",
    )
    event = {
        "specversion": "1.0",
        "type": "interlock.action_intent.v1",
        "source": "python-agent",
        "id": content["intent_id"],
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "datacontenttype": "application/json",
        "data": content,
    }
    await connection.publish(
        f"interlock.intents.demo.by.{user.replace('.', '=')}", json.dumps(event).encode()
    )
    await connection.drain()


def action_of(content):
    """Submits the intent by HTTP; an intent that came over the bus answers with the same action. Answers its id and its position in the log."""
    accepted = call("POST", "/api/v1/autonomous/actions", content)
    return accepted["action_id"], accepted["position"]


def main():
    content = intent()
    if "INTERLOCK_NATS" in os.environ:
        try:
            asyncio.run(publish(content))
            print("published on the bus")
        except ImportError:
            print("nats-py is not there: by HTTP")
    action_id, position = action_of(content)
    while True:
        action = call("GET", f"/api/v1/autonomous/actions/{action_id}", after=position)
        if action["state"] in ENDS:
            break
        time.sleep(0.25)
    gates = ", ".join(f"{gate['gate']} {gate['verdict']}" for gate in action["gates"])
    print(f"{content['action_type']}: {action['state']} ({gates})")


main()
