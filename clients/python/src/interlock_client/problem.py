"""The refusals of Interlock as exceptions."""

import email.utils
import json
import time
from collections.abc import Mapping
from typing import Any

from ._model import parsed
from .models import Action, Violation

_UNAVAILABLE = frozenset({429, 502, 503, 504})


class InterlockProblem(Exception):
    """A refusal of Interlock: RFC 9457 problem details with a stable code."""

    def __init__(self, document: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.document = document
        """All members of the problem. Some codes add members, which their pages name."""
        self.code = str(document.get("code", "internal-error"))
        self.status = int(document.get("status", 0))
        """The HTTP status; 0 if there was no answer."""
        self.detail = str(document.get("detail", "the request failed"))
        self.violations = [
            parsed(Violation, one) for one in document.get("violations") or [] if isinstance(one, dict)
        ]
        """The faults of the input."""
        remedy = document.get("remedy")
        self.remedy = None if remedy is None else str(remedy)
        """What the caller or operator can do."""
        self.retry_after_s = retry_after_s
        """Seconds after which to try again, if the answer states them."""
        faults = "".join(f"\n  {one.pointer} {one.detail}" for one in self.violations)
        super().__init__(f"{self.code}: {self.detail}{faults}")

    @property
    def may_pass(self) -> bool:
        """True if the same request may succeed later."""
        return self.status in (0, 429) or self.status >= 500

    @property
    def is_unavailable(self) -> bool:
        """True if Interlock did not take the request, so that it is sent again as it is."""
        return self.status == 0 or self.status in _UNAVAILABLE


class StillRunning(TimeoutError):
    """The action had no outcome in the time that the caller gave. It goes on; wait again."""

    def __init__(self, action_id: str, action: Action | None) -> None:
        self.action_id = action_id
        self.action = action
        """The action as it was last seen, if Interlock answered."""
        seen = "Interlock does not answer" if action is None else f"it is {action.state}"
        super().__init__(f"the action {action_id} has not ended: {seen}")


def unreachable(how: str) -> InterlockProblem:
    """The problem of a request that got no whole answer."""
    return InterlockProblem({"code": "service-unreachable", "detail": how})


def problem_of(status: int, headers: Mapping[str, str], text: str) -> InterlockProblem:
    """Reads the problem from an answer."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    document = value if isinstance(value, dict) else {"detail": f"the answer has the status {status}"}
    return InterlockProblem({**document, "status": status}, _seconds(headers.get("retry-after")))


def _seconds(after: str | None) -> float | None:
    """`Retry-After`, which is seconds or a date."""
    if after is None:
        return None
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - time.time())
    except ValueError:
        return None
