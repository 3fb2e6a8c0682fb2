"""A running Interlock, as its command line and its API give it to a test."""

import base64
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from interlock_client import InterlockClient, InterlockProblem

T = TypeVar("T")

HOME = Path(os.environ["INTERLOCK_HOME"])
TENANT = os.environ["INTERLOCK_TENANT"]
URL = os.environ["INTERLOCK_URL"]
ACCOUNT = "mail"
AGENT = "python-agent"
SECRET = f"whsec_{base64.b64encode(os.urandom(24)).decode()}"


def cli(*args: str) -> str:
    """Runs the command line as a person of the tenant."""
    command = [*json.loads(os.environ["INTERLOCK_CLI"]), "--tenant", TENANT, "--as", "ann", *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{args}: {done.stdout}{done.stderr}")
    return done.stdout


def approved(*args: str) -> None:
    """Runs a command whose change request the same person then confirms."""
    change = json.loads(cli(*args, "--json"))
    cli("changes", "approve", change["change_id"], "--digest", change["digest"])


def client_of(scopes: str, sub: str | None = None) -> InterlockClient:
    """A client with a token of the home: a person's with `sub`, else a service's."""
    person = [] if sub is None else ["--sub", sub]
    token = cli("token", "--scope", scopes, *person).strip()
    return InterlockClient(URL, token=token, tenant=TENANT)


def person() -> InterlockClient:
    """A person who may read and approve."""
    return client_of("AUTONOMOUS_READ,AUTONOMOUS_APPROVE", "bea")


def administrator() -> InterlockClient:
    """A person who writes settings and policies."""
    return client_of("POLICY_READ,POLICY_WRITE,AUTONOMY_ADMIN,AUTONOMOUS_READ", "ann")


def confirmed(client: InterlockClient, method: str, path: str, body: Any) -> None:
    """A write; what it loosens is confirmed by the same person, who suffices in this home."""
    answer = client.call(method, path, body)
    if "change_id" in answer:
        client.call("POST", f"/api/v1/changes/{answer['change_id']}/approve", {"digest": answer["digest"]})


def put_secret(name: str, port: int) -> None:
    """Lays the secret of a handler, which may be used for one port of this machine."""
    folder = HOME / "handler-secrets" / TENANT
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file, content in ((name, SECRET), (f"{name}.for", f"127.0.0.1:{port}\n")):
        path = folder / file
        path.write_text(content)
        path.chmod(0o600)


def intent(action_type: str, entity: str, **more: Any) -> dict[str, Any]:
    """An intent of the agent."""
    return {
        "intent_id": f"python-{uuid.uuid4()}",
        "tenant_id": TENANT,
        "account_id": ACCOUNT,
        "agent": AGENT,
        "action_type": action_type,
        "entity_id": entity,
        "parameters": {},
        "affected_entity_count": 1,
        "confidence_score": 0.9,
        **more,
    }


def register(action_type: str, port: int, *steps: str) -> None:
    """Registers an action type whose handler is a webhook of this process."""
    put_secret(action_type, port)
    content = {
        "title": f"A test of {action_type}",
        "parameters": {"type": "object", "properties": {"spam": {"type": "boolean"}}},
        "external_contact": False,
        "reversible": "undo" in steps,
        "on_unknown": "ask",
        "handler": {
            "kind": "webhook",
            "url": f"http://127.0.0.1:{port}/",
            "secret_ref": f"file:{action_type}",
            "steps": list(steps),
        },
    }
    with administrator() as admin, client_of("AUTONOMOUS_SUBMIT,AUTONOMOUS_READ") as service:
        confirmed(admin, "POST", f"/api/v1/action-types/{action_type}", content)

        def is_known() -> bool:
            """The rails take a new handler a moment after it was registered."""
            accepted = service.submit(intent(action_type, "first", dry_run=True))
            ended = service.wait_for_outcome(accepted.action_id, accepted.position)
            return not any(reason.code == "no-handler" for reason in ended.reasons)

        until(is_known, "the rails know the handler")


def until(asking: Callable[[], T | None], what: str) -> T:
    """Asks until there is an answer. The runner of the tests ends what never comes."""
    while True:
        answer = asking()
        if answer:
            return answer
        time.sleep(0.1)


def code_of(asking: Callable[[], Any]) -> str | None:
    """The code with which Interlock refuses; None if it does not."""
    try:
        asking()
    except InterlockProblem as problem:
        return problem.code
    return None
