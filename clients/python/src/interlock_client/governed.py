"""One line around a function: it runs through Interlock, or says in words why it has not."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from ._flow import Flow
from .client import AsyncInterlockClient, InterlockClient
from .handler import Handler, HandlerRequest, NotApplied
from .journal import Journal, key_of
from .models import Action
from .problem import InterlockProblem, StillRunning

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
O = TypeVar("O", bound="Outcome")

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Outcome(str):
    """What a governed function returns in place of its own result: words for a model or a person."""

    action_id: str
    state: str

    @classmethod
    def of(cls: type[O], action_id: str, state: str, words: str) -> O:
        """Words about an action in a state."""
        outcome = cls(words)
        outcome.action_id, outcome.state = action_id, state
        return outcome


class Pending(Outcome):
    """The function has not run. Its action waits, for a person or for its turn."""

    @property
    def continuation(self) -> str:
        """What `resume` of the function takes."""
        return self.action_id


class Refused(Outcome):
    """The action has ended without being done, or was taken back."""


class Done(Outcome):
    """The action is done, and its result is not kept here."""


class GovernedFunction(Protocol[P, R_co]):
    """A function of a synchronous client that runs through Interlock."""

    __name__: str
    interlock: "Governed"
    resume: Callable[[str], Any]
    """Goes on with a continuation; returns as the function does. May be a tool of its own."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co | Outcome:
        ...


class AsyncGovernedFunction(Protocol[P, R_co]):
    """A function of an asynchronous client that runs through Interlock."""

    __name__: str
    interlock: "Governed"
    resume: Callable[[str], Awaitable[Any]]
    """Goes on with a continuation; returns as the function does. May be a tool of its own."""

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co | Outcome:
        ...


class Governed:
    """How one function is governed: its intents, and the handler that runs it."""

    def __init__(
        self,
        client: InterlockClient | AsyncInterlockClient,
        function: Callable[..., Any],
        *,
        action_type: str,
        entity: str | Callable[..., str],
        account: str,
        agent: str | None,
        tenant: str | None,
        model: str | None,
        model_version: str | None,
        affected: int | Callable[..., int],
        confidence: float | Callable[..., float],
        wait_s: float,
        undo: Callable[..., Any] | None,
        journal: Journal | None,
    ) -> None:
        self.action_type = action_type
        self._protocol = client.protocol
        self._function = function
        self._name = function.__name__
        self._signature = inspect.signature(function)
        self._entity = entity
        self._names = {
            "tenant_id": _known("tenant", tenant or client.protocol.tenant),
            "account_id": account,
            "agent": _known("agent", agent or client.protocol.agent),
            "action_type": action_type,
        }
        claims = {"agent_model": model, "agent_model_version": model_version}
        self._claims = {name: claim for name, claim in claims.items() if claim is not None}
        self._affected, self._confidence = affected, confidence
        self._wait_s = wait_s
        self._undo = undo
        self._journal = journal or Journal()
        for name, parameter in self._signature.parameters.items():
            if parameter.kind not in _NAMED:
                raise TypeError(f"a governed function takes named arguments only, and `{name}` is none")
        if isinstance(entity, str) and entity not in self._signature.parameters:
            raise TypeError(f"{self._name} has no parameter `{entity}` that names the entity")

    @property
    def handler(self) -> Handler:
        """The handler of the action type, for serve_on_bus or answer_webhook."""
        steps = {"apply": self._apply, "status": self._status}
        return steps if self._undo is None else {**steps, "undo": self._take_back}

    def call(self, *args: Any, **kwargs: Any) -> Flow[Any]:
        """Calls the function through Interlock. A call like an open one joins it."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        parameters = bound.arguments
        entity = parameters[self._entity] if isinstance(self._entity, str) else self._entity(**parameters)
        content = {**self._names, "entity_id": str(entity), "parameters": parameters}
        key = key_of(content)
        opened = self._journal.open(key)
        if opened.action_id is not None:
            return (yield from self._followed(opened.action_id, opened.position, _has_ended))
        affected, confidence = (
            given(**parameters) if callable(given) else given for given in (self._affected, self._confidence)
        )
        intent = {
            **content,
            **self._claims,
            "intent_id": opened.intent_id,
            "affected_entity_count": affected,
            "confidence_score": confidence,
        }
        try:
            accepted = yield from self._protocol.submit(intent)
        except InterlockProblem as problem:
            if not problem.may_pass:
                self._journal.forget(key)
            raise
        self._journal.accept(key, accepted.action_id, accepted.position)
        return (yield from self._followed(accepted.action_id, accepted.position, _is_settled))

    def resume(self, continuation: str) -> Flow[Any]:
        """Goes on with a pending call."""
        return self._followed(continuation, self._journal.position(continuation), _has_ended)

    def _followed(
        self, action_id: str, position: str | None, is_enough: Callable[[Action], bool]
    ) -> Flow[Any]:
        try:
            action = yield from self._protocol.wait(action_id, position, self._wait_s, is_enough)
        except StillRunning as still:
            return self._pending(action_id, still.action)
        if action.action_type != self.action_type:
            raise ValueError(f"the continuation {action_id} is one of `{action.action_type}`")
        if not _has_ended(action):
            return self._pending(action_id, action)
        self._journal.close(action_id)
        if action.state != "COMPLETED":
            return Refused.of(action_id, action.state, self._refused_words(action))
        kept = self._journal.result(action_id)
        if kept is None:
            words = f"Done: {self._name} has run, and its result is not kept."
            return Done.of(action_id, action.state, words)
        return kept[0]

    def _pending(self, action_id: str, action: Action | None) -> Pending:
        state = "PENDING" if action is None else action.state
        why = "it waits for a person's approval" if state == "AWAITING_APPROVAL" else "it is on its way"
        return Pending.of(
            action_id,
            state,
            f"Pending: {self._name} has not returned yet, because {why}.{_reasons_of(action)} "
            f"Make the same call again later, or continue with the continuation {action_id}.",
        )

    def _refused_words(self, action: Action) -> str:
        did_nothing = action.effect in ("refused", "none")
        what = {
            "ROLLED_BACK": f"was tried{', and nothing was done' if did_nothing else ' and taken back'}",
            "ROLLBACK_FAILED": "may have run, and nobody can say how far it came; do not repeat it",
        }.get(action.state, "was not done")
        return f"Refused: {self._name} {what} ({action.state}).{_reasons_of(action)}"

    async def _apply(self, request: HandlerRequest) -> Mapping[str, Any]:
        known = self._journal.begin(request.action_id, "running")
        if known is None:
            try:
                result = await _value_of(self._function(**request.parameters))
            except NotApplied as refusal:
                self._journal.end(request.action_id, "failed", str(refusal))
                return {"status": "failed"}
            except BaseException:
                self._journal.end(request.action_id, "unknown")
                raise
            self._journal.end(request.action_id, "applied", result)
            known = "applied"
        if known == "refused":
            raise NotApplied("its status was asked before, and answered `not_applied`")
        status = {"applied": "applied", "running": "in_progress", "failed": "failed"}.get(known)
        if status is None:
            raise RuntimeError(f"the action is {known}")
        return {"status": status}

    async def _status(self, request: HandlerRequest) -> Mapping[str, Any]:
        if self._journal.is_kept:
            # The answer is a promise: an `apply` that comes later does nothing.
            known = self._journal.begin(request.action_id, "refused") or "refused"
        else:
            known = self._journal.progress(request.action_id) or "unknown"
        status = {
            "applied": "applied",
            "running": "in_progress",
            "undoing": "in_progress",
            "failed": "not_applied",
            "refused": "not_applied",
            "undone": "undone",
        }.get(known)
        if status is None:
            raise RuntimeError("nobody can say whether the function has run")
        return {"status": status}

    async def _take_back(self, request: HandlerRequest) -> Mapping[str, Any]:
        if self._undo is not None and self._journal.begin_undo(request.action_id):
            try:
                await _value_of(self._undo(**request.parameters))
            except BaseException:
                self._journal.end(request.action_id, "unknown")
                raise
            self._journal.end(request.action_id, "undone")
        if self._journal.progress(request.action_id) != "undone":
            raise RuntimeError("there is nothing to undo, or nobody can say how far it came")
        return {"status": "undone"}


@overload
def governed(
    client: AsyncInterlockClient,
    *,
    action_type: str,
    entity: str | Callable[..., str],
    account: str,
    agent: str | None = None,
    tenant: str | None = None,
    model: str | None = None,
    model_version: str | None = None,
    affected: int | Callable[..., int] = 1,
    confidence: float | Callable[..., float] = 0.0,
    wait_s: float = 20.0,
    undo: Callable[..., Any] | None = None,
    journal: Journal | None = None,
) -> Callable[[Callable[P, Awaitable[R]]], AsyncGovernedFunction[P, R]]:
    ...


@overload
def governed(
    client: InterlockClient,
    *,
    action_type: str,
    entity: str | Callable[..., str],
    account: str,
    agent: str | None = None,
    tenant: str | None = None,
    model: str | None = None,
    model_version: str | None = None,
    affected: int | Callable[..., int] = 1,
    confidence: float | Callable[..., float] = 0.0,
    wait_s: float = 20.0,
    undo: Callable[..., Any] | None = None,
    journal: Journal | None = None,
) -> Callable[[Callable[P, R]], GovernedFunction[P, R]]:
    ...


def governed(
    client: InterlockClient | AsyncInterlockClient,
    *,
    action_type: str,
    entity: str | Callable[..., str],
    account: str,
    agent: str | None = None,
    tenant: str | None = None,
    model: str | None = None,
    model_version: str | None = None,
    affected: int | Callable[..., int] = 1,
    confidence: float | Callable[..., float] = 0.0,
    wait_s: float = 20.0,
    undo: Callable[..., Any] | None = None,
    journal: Journal | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Governs a function: a call of it submits an intent, and the handler of the type runs it.

    The function keeps its name, signature and docstring. A call returns the function's result (as
    JSON keeps it), or an Outcome: words, among them Pending with its continuation. Raises
    InterlockProblem if Interlock refuses the intent itself. Serve `handlers(function)` on the bus
    or as a webhook.

    `entity` is the parameter that names the entity, or a function of the arguments. `agent` and
    `tenant` are those of the credential by default. `model` and `model_version` name the model
    behind the agent: claims that the log keeps. `affected` and `confidence` are the intent's
    estimates; a confidence of 0 asks a person. `wait_s` is how long one call waits; a first call
    returns at once if a person is asked. `undo` takes the same arguments and takes the function
    back. `journal` survives restarts if it has a file.

    An exception of the function leaves its outcome unknown, so that a person looks at it. Raise
    NotApplied if nothing was done.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        own = Governed(
            client,
            function,
            action_type=action_type,
            entity=entity,
            account=account,
            agent=agent,
            tenant=tenant,
            model=model,
            model_version=model_version,
            affected=affected,
            confidence=confidence,
            wait_s=wait_s,
            undo=undo,
            journal=journal,
        )
        wrapped, resume = _wrapped(client, own, function)
        resume.__name__ = f"{function.__name__}_resume"
        wrapped.interlock, wrapped.resume = own, resume
        return wrapped

    return decorate


def handlers(*functions: Any) -> dict[str, Handler]:
    """The handlers of governed functions by action type, for serve_webhooks and answer_webhook."""
    owners = [cast(Governed, function.interlock) for function in functions]
    return {owner.action_type: owner.handler for owner in owners}


def _wrapped(
    client: InterlockClient | AsyncInterlockClient, own: Governed, function: Callable[..., Any]
) -> tuple[Any, Any]:
    if isinstance(client, AsyncInterlockClient):
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{function.__name__} is not a coroutine function; use an InterlockClient")

        @functools.wraps(function)
        async def awaiting(*args: Any, **kwargs: Any) -> Any:
            return await client.run(own.call(*args, **kwargs))

        async def resume_later(continuation: str) -> Any:
            """Goes on with a pending call by its continuation."""
            return await client.run(own.resume(continuation))

        return awaiting, resume_later
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__} is a coroutine function; use an AsyncInterlockClient")

    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        return client.run(own.call(*args, **kwargs))

    def resume(continuation: str) -> Any:
        """Goes on with a pending call by its continuation."""
        return client.run(own.resume(continuation))

    return calling, resume


def _known(what: str, value: str | None) -> str:
    if value is None:
        raise TypeError(f"name the {what}: only a credential has one of its own")
    return value


def _has_ended(action: Action) -> bool:
    return action.ended_at is not None


def _is_settled(action: Action) -> bool:
    """A first call does not wait for a person; one that goes on does."""
    return _has_ended(action) or action.state == "AWAITING_APPROVAL"


def _reasons_of(action: Action | None) -> str:
    details = [] if action is None else [reason.detail for reason in action.reasons]
    return "".join(f" Reason: {detail}." for detail in details)


async def _value_of(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
