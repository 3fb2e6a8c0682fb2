"""What the synchronous and the asynchronous client have in common: the API, as flows."""

import json
import random
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ._flow import Call, Flow, Reply, ask, rest
from ._model import dumped, parsed, plain
from .credential import AgentCredential
from .models import AcceptedAction, Action, ActionIntent
from .problem import InterlockProblem, StillRunning, problem_of, unreachable

M = TypeVar("M", bound=BaseModel)

ACTIONS = "/api/v1/autonomous/actions"
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 4.0
LONGEST_LOOK_S = 2.0
# So many of its latest actions a client remembers.
MOST_REMEMBERED = 1000
RENEWABLE = frozenset({"token-expired", "credential-revoked", "proof-invalid"})


def action_path(action_id: str, verb: str | None = None) -> str:
    """The path of an action or of a decision on it."""
    path = f"{ACTIONS}/{urllib.parse.quote(action_id, safe='')}"
    return path if verb is None else f"{path}/{verb}"


class Protocol:
    """The API of one Interlock, for a token or a credential."""

    def __init__(
        self,
        url: str | None,
        token: str | Callable[[], str] | None,
        tenant: str | None,
        credential: AgentCredential | None,
        retry_s: float,
    ) -> None:
        address = url if url is not None else None if credential is None else credential.url
        if address is None or (token is None) == (credential is None):
            raise ValueError("the client needs a credential, or an address and a token")
        if not re.match(r"https?://[^/]", address, re.IGNORECASE):
            raise ValueError(f"`{address}` is not the address of an Interlock, such as `http://127.0.0.1:8080`")
        self.url = address.rstrip("/")
        self.tenant = tenant if tenant is not None or credential is None else credential.tenant
        self.agent = None if credential is None else credential.agent
        self._token = token
        self._credential = credential
        self._retry_s = retry_s
        # Where the log holds what this client submitted, by action: its reads are no older.
        self._submitted: dict[str, str] = {}

    def submit(self, intent: ActionIntent | Mapping[str, Any]) -> Flow[AcceptedAction]:
        body = plain(intent) if isinstance(intent, ActionIntent) else dict(intent)
        accepted = yield from self._typed(AcceptedAction, "POST", ACTIONS, body)
        self._submitted[accepted.action_id] = accepted.position
        while len(self._submitted) > MOST_REMEMBERED:
            del self._submitted[next(iter(self._submitted))]
        return accepted

    def action(self, action_id: str, position: str | None, retry_s: float | None = None) -> Flow[Action]:
        """The current action. One that this client submitted is never missing."""
        position = position or self._submitted.get(action_id)
        return self._typed(Action, "GET", action_path(action_id), position=position, retry_s=retry_s)

    def post(self, action_id: str, verb: str, body: Mapping[str, Any]) -> Flow[Action]:
        given = {name: value for name, value in body.items() if value is not None}
        return self._typed(Action, "POST", action_path(action_id, verb), given)

    def decide(self, action_id: str, verb: str, digest: str | None, comment: str | None) -> Flow[Action]:
        """Approves or confirms. Without a digest, that of the present request is read first."""
        if digest is None:
            seen = yield from self.action(action_id, None)
            asked = seen.approval if verb == "approve" else seen.window
            digest = None if asked is None else asked.digest
        return (yield from self.post(action_id, verb, {"digest": digest, "comment": comment}))

    def wait(
        self,
        action_id: str,
        position: str | None,
        timeout_s: float | None,
        is_enough: Callable[[Action], bool] = lambda action: action.ended_at is not None,
    ) -> Flow[Action]:
        """Looks at the action until it has ended. Goes on over all that may pass."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        pause, seen = FIRST_PAUSE_S, None
        while True:
            delay = pause
            try:
                seen = yield from self.action(action_id, position, retry_s=0)
                if is_enough(seen):
                    return seen
            except InterlockProblem as problem:
                if not problem.may_pass:
                    raise
                delay = max(pause, problem.retry_after_s or 0)
            left = delay if until is None else until - time.monotonic()
            if left <= 0:
                raise StillRunning(action_id, seen)
            yield from rest(min(delay, left))
            pause = min(pause * 1.5, LONGEST_LOOK_S)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        position: str | None = None,
        retry_s: float | None = None,
    ) -> Flow[Any]:
        """Any call of the API. A write has one idempotency key for all its attempts."""
        given = {**(headers or {})}
        if self.tenant is not None:
            given["x-tenant-id"] = self.tenant
        if position is not None:
            given["interlock-min-position"] = position
        if method != "GET":
            given.setdefault("idempotency-key", str(uuid.uuid4()))
        content = None if body is None else dumped(body)
        if content is not None:
            given["content-type"] = "application/json"
        until = time.monotonic() + (self._retry_s if retry_s is None else retry_s)
        pause = FIRST_PAUSE_S
        while True:
            try:
                reply = yield from self._once(method, f"{self.url}{path}", given, content)
                break
            except InterlockProblem as problem:
                delay = max(problem.retry_after_s or 0, pause + random.uniform(0, pause))
                if not problem.is_unavailable or time.monotonic() + delay >= until:
                    raise
            yield from rest(delay)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        return _json(reply)

    def _typed(
        self,
        model: type[M],
        method: str,
        path: str,
        body: Any = None,
        *,
        position: str | None = None,
        retry_s: float | None = None,
    ) -> Flow[M]:
        value = yield from self.call(method, path, body, position=position, retry_s=retry_s)
        try:
            return parsed(model, value)
        except ValidationError as error:
            detail = f"the answer of {self.url}{path} is no {model.__name__}: {error}"
            raise InterlockProblem({"status": 200, "detail": detail}) from error

    def _once(self, method: str, url: str, headers: Mapping[str, str], content: str | None) -> Flow[Reply]:
        """One attempt, and a second one if the credential's file has a new key or token."""
        is_renewed = False
        while True:
            identity = yield from self._identity(method, url)
            reply = yield from ask(Call(method, url, {**headers, **identity}, content))
            if 200 <= reply.status < 300:
                return reply
            problem = problem_of(reply.status, reply.headers, reply.text)
            if is_renewed or not self._renewed(problem, identity):
                raise problem
            is_renewed = True

    def _renewed(self, problem: InterlockProblem, identity: Mapping[str, str]) -> bool:
        if self._credential is None or problem.code not in RENEWABLE:
            return False
        return self._credential.renewed(identity, problem.code == "token-expired")

    def _identity(self, method: str, url: str) -> Flow[Mapping[str, str]]:
        if self._credential is not None:
            return (yield from self._credential.headers(method, url))
        token = self._token() if callable(self._token) else self._token
        return {"authorization": f"Bearer {token}"}


def _json(reply: Reply) -> Any:
    if reply.text == "":
        return None
    try:
        return json.loads(reply.text)
    except ValueError as error:
        raise unreachable("the answer is not JSON") from error
