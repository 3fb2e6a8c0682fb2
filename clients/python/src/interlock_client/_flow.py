"""Conversations with Interlock without input or output.

A flow is a generator. It yields the calls and pauses that it needs, and a driver, which waits or
awaits, sends back the answers. So the client exists once for synchronous and asynchronous callers.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One HTTP request. Without an answer the driver throws InterlockProblem into the flow."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str | None = None


@dataclass(frozen=True)
class Reply:
    """The answer to a call. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Pause:
    """A wait of some seconds. Its answer is None."""

    seconds: float


Flow = Generator[Call | Pause, Any, T]


def ask(call: Call) -> Flow[Reply]:
    """Makes a call."""
    reply: Reply = yield call
    return reply


def rest(seconds: float) -> Flow[None]:
    """Waits."""
    yield Pause(seconds)
