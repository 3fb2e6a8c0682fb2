"""What all models share; works with pydantic 1.10 and 2."""

import json
from datetime import datetime, timezone
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


class Request(BaseModel, extra="forbid"):
    """A body that the client sends. An unknown member is refused before it is sent."""


class Answer(BaseModel, extra="allow", frozen=True):
    """A body that Interlock answers. Members that this version does not know are kept."""


def parsed(model: type[M], value: Any) -> M:
    """Reads a model from JSON values. Raises pydantic's ValidationError."""
    validate = getattr(model, "model_validate", None) or model.parse_obj
    return validate(value)


def plain(model: BaseModel) -> dict[str, Any]:
    """The members of a request that are set."""
    dump = getattr(model, "model_dump", None) or model.dict
    return {name: value for name, value in dump().items() if value is not None}


def dumped(value: Any) -> str:
    """JSON text. Times are written in UTC; a time without a zone raises ValueError."""
    return json.dumps(value, default=_other, separators=(",", ":"), allow_nan=False)


def _other(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs a time zone")
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} is not a JSON value")
