"""The handlers of your own action types: what Interlock asks them, and how they answer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from ._model import Answer


class HandlerRequest(Answer):
    """A request from Interlock to a handler."""

    step: str
    request_id: str
    """The same for every attempt: a request that was carried out is not carried out again."""
    deadline: datetime
    action_id: str
    action_type: str
    entity_id: str
    parameters: dict[str, Any] = {}
    undo: Any = None
    """For `undo`: the value that `apply` returned for it."""


Step = Callable[[HandlerRequest], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]
Handler = Mapping[str, Step]
"""The functions of a handler by step; at least `apply` and `status`."""


class NotApplied(Exception):
    """Raised by a step or a governed function: it did nothing, and nothing will follow."""


async def answer_step(handler: Handler, request: HandlerRequest) -> Mapping[str, Any]:
    """Calls the step's function. Raises LookupError if there is none."""
    step = handler.get(request.step)
    if step is None:
        raise LookupError(f"the handler has no step `{request.step}`")
    answer = step(request)
    return answer if isinstance(answer, Mapping) else await answer
