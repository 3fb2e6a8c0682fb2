"""The clients of one Interlock, for callers who wait and for callers who await."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

import httpx

from ._flow import Call, Flow, Pause, Reply
from ._protocol import Protocol
from .credential import AgentCredential
from .models import AcceptedAction, Action, ActionIntent
from .problem import unreachable

T = TypeVar("T")
Token = str | Callable[[], str]

_TIMEOUT_S = 30.0
_RETRY_S = 30.0


def _reply_of(response: httpx.Response) -> Reply:
    return Reply(response.status_code, response.headers, response.text)


def _parts(call: Call) -> dict[str, Any]:
    return {"method": call.method, "url": call.url, "headers": dict(call.headers), "content": call.content}


class InterlockClient:
    """A client of one Interlock. Refusals are raised as InterlockProblem.

    A call that Interlock does not take (429, 503, no connection) is repeated for `retry_s` seconds,
    after `Retry-After`. A repeated write has the same idempotency key. The client may be shared by
    threads.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: Token | None = None,
        tenant: str | None = None,
        credential: AgentCredential | None = None,
        retry_s: float = _RETRY_S,
        http: httpx.Client | None = None,
    ) -> None:
        """Needs a credential, or an address and a token. Raises ValueError.

        `token` is a bearer token, or a function that returns one for each request. `tenant` is one
        of the token's tenants, if it has several. `http` is an HTTP client of your own.
        """
        self.protocol = Protocol(url, token, tenant, credential, retry_s)
        self._http = http or httpx.Client(timeout=_TIMEOUT_S)

    def submit(self, intent: ActionIntent | Mapping[str, Any]) -> AcceptedAction:
        """Submits an intent. Submitting the same intent again returns the same action."""
        return self.run(self.protocol.submit(intent))

    def action(self, action_id: str, position: str | None = None) -> Action:
        """The current action; with a position, no older than that."""
        return self.run(self.protocol.action(action_id, position))

    def wait_for_outcome(
        self, action_id: str, position: str | None = None, timeout_s: float | None = None
    ) -> Action:
        """Waits for the action's end, over lost connections and restarts of Interlock.

        The id is all that another process needs to go on waiting. Raises permanent problems, and
        StillRunning after `timeout_s` seconds.
        """
        return self.run(self.protocol.wait(action_id, position, timeout_s))

    def approve(self, action_id: str, digest: str | None = None, comment: str | None = None) -> Action:
        """Approves an action. Without a digest, that of the present request is read."""
        return self.run(self.protocol.decide(action_id, "approve", digest, comment))

    def confirm(self, action_id: str, digest: str | None = None, comment: str | None = None) -> Action:
        """Ends the window of an action with a yes."""
        return self.run(self.protocol.decide(action_id, "confirm", digest, comment))

    def reject(self, action_id: str, comment: str | None = None) -> Action:
        """Says no to an action."""
        return self.run(self.protocol.post(action_id, "reject", {"comment": comment}))

    def cancel(self, action_id: str) -> Action:
        """Cancels an action that has not begun."""
        return self.run(self.protocol.post(action_id, "cancel", {}))

    def rollback(self, action_id: str) -> Action:
        """Takes back a running execution."""
        return self.run(self.protocol.post(action_id, "rollback", {}))

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Any other call of the API, with JSON values."""
        return self.run(self.protocol.call(method, path, body, headers=headers))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> "InterlockClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    reply = _reply_of(self._http.request(**_parts(step)))
                except httpx.TransportError as error:
                    step = flow.throw(unreachable(f"{step.url} does not answer: {error}"))
                else:
                    step = flow.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result


class AsyncInterlockClient:
    """As InterlockClient, for asyncio."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: Token | None = None,
        tenant: str | None = None,
        credential: AgentCredential | None = None,
        retry_s: float = _RETRY_S,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """As InterlockClient."""
        self.protocol = Protocol(url, token, tenant, credential, retry_s)
        self._http = http or httpx.AsyncClient(timeout=_TIMEOUT_S)

    async def submit(self, intent: ActionIntent | Mapping[str, Any]) -> AcceptedAction:
        """Submits an intent. Submitting the same intent again returns the same action."""
        return await self.run(self.protocol.submit(intent))

    async def action(self, action_id: str, position: str | None = None) -> Action:
        """The current action; with a position, no older than that."""
        return await self.run(self.protocol.action(action_id, position))

    async def wait_for_outcome(
        self, action_id: str, position: str | None = None, timeout_s: float | None = None
    ) -> Action:
        """As InterlockClient.wait_for_outcome."""
        return await self.run(self.protocol.wait(action_id, position, timeout_s))

    async def approve(self, action_id: str, digest: str | None = None, comment: str | None = None) -> Action:
        """Approves an action. Without a digest, that of the present request is read."""
        return await self.run(self.protocol.decide(action_id, "approve", digest, comment))

    async def confirm(self, action_id: str, digest: str | None = None, comment: str | None = None) -> Action:
        """Ends the window of an action with a yes."""
        return await self.run(self.protocol.decide(action_id, "confirm", digest, comment))

    async def reject(self, action_id: str, comment: str | None = None) -> Action:
        """Says no to an action."""
        return await self.run(self.protocol.post(action_id, "reject", {"comment": comment}))

    async def cancel(self, action_id: str) -> Action:
        """Cancels an action that has not begun."""
        return await self.run(self.protocol.post(action_id, "cancel", {}))

    async def rollback(self, action_id: str) -> Action:
        """Takes back a running execution."""
        return await self.run(self.protocol.post(action_id, "rollback", {}))

    async def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Any other call of the API, with JSON values."""
        return await self.run(self.protocol.call(method, path, body, headers=headers))

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncInterlockClient":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    reply = _reply_of(await self._http.request(**_parts(step)))
                except httpx.TransportError as error:
                    step = flow.throw(unreachable(f"{step.url} does not answer: {error}"))
                else:
                    step = flow.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result
