"""Publish action intents to Interlock, follow them to their end, and govern your own functions."""

from .bus import BusConnection, publish_intent, serve_on_bus
from .client import AsyncInterlockClient, InterlockClient
from .credential import AgentCredential
from .governed import Done, Outcome, Pending, Refused, governed, handlers
from .handler import Handler, HandlerRequest, NotApplied, answer_step
from .journal import Journal
from .models import AcceptedAction, Action, ActionIntent, Reason, Violation
from .problem import InterlockProblem, StillRunning
from .webhook import (
    WebhookAnswer,
    WebhookRefused,
    answer_webhook,
    read_webhook,
    serve_webhooks,
    verify_webhook,
)

__all__ = [
    "AcceptedAction",
    "Action",
    "ActionIntent",
    "AgentCredential",
    "AsyncInterlockClient",
    "BusConnection",
    "Done",
    "Handler",
    "HandlerRequest",
    "InterlockClient",
    "InterlockProblem",
    "Journal",
    "NotApplied",
    "Outcome",
    "Pending",
    "Reason",
    "Refused",
    "StillRunning",
    "Violation",
    "WebhookAnswer",
    "WebhookRefused",
    "answer_step",
    "answer_webhook",
    "governed",
    "handlers",
    "publish_intent",
    "read_webhook",
    "serve_on_bus",
    "serve_webhooks",
    "verify_webhook",
]
