"""Errors go to Sentry: from web, workers, beat and commands, with the release, and without what must not leave."""

from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.types import Breadcrumb, Event, Hint
from structlog.contextvars import get_contextvars

from apps.core import request_user
from apps.core.scrubbing import scrubbed

# What a request carried is not needed to find a bug, and is where people's data is.
LEFT_OUT = ("cookies", "data", "headers", "query_string", "env")


def start(dsn: str, *, environment: str, release: str, process: str) -> None:
    """Nothing is sent without a DSN."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        # Which of the product's processes; a machine has no name worth telling.
        server_name=process,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        # Its own thread sends; nobody waits for it longer than this when a process ends.
        shutdown_timeout=2,
        before_send=without_secrets,
        before_breadcrumb=crumb_without_secrets,
    )


def without_secrets(event: Event, hint: Hint) -> Event:
    """Ids of ours stay: request, user and task are how a report is found in the log."""
    for part in LEFT_OUT:
        (event.get("request") or {}).pop(part, None)
    if line := _log_line(hint):
        event["logentry"] = {"message": str(line.pop("event", ""))}
        event["extra"] = line
    marks = _marks()
    clean: Event = scrubbed(event)
    clean["tags"] = {**marks, **(event.get("tags") or {})}
    if "user_id" in marks:
        clean["user"] = {"id": marks["user_id"]}
    return clean


def crumb_without_secrets(crumb: Breadcrumb, hint: Hint) -> Breadcrumb:
    if line := _log_line(hint):
        crumb["message"], crumb["data"] = str(line.pop("event", "")), line
    clean: Breadcrumb = scrubbed(crumb)
    return clean


def _log_line(hint: Hint) -> dict[str, Any]:
    """The fields of a line of ours, by which secrets are told; `logging` would have them as one text."""
    message = getattr(hint.get("log_record"), "msg", None)
    return dict(message) if isinstance(message, Mapping) else {}


def _marks() -> dict[str, str]:
    """What the log lines of this moment are marked with."""
    user_id = request_user.user_id()
    marks = {**get_contextvars(), **({"user_id": user_id} if user_id else {})}
    return {name: str(value) for name, value in marks.items()}
