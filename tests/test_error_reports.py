"""A report has what helps to find the fault, and nothing of the people it happened to."""

import logging
from typing import Any

from structlog.contextvars import bound_contextvars

from pickitchen import error_reports


def test_of_a_request_only_the_method_and_the_place_are_told() -> None:
    request: Any = {
        "url": "https://api.example.com/api/v1/auth/login?token=x",
        "method": "POST",
        "headers": {"Authorization": "Bearer x"},
        "cookies": "sessionid=x",
        "data": {"device_id": "x"},
        "query_string": "token=x",
        "env": {"REMOTE_ADDR": "203.0.113.7"},
    }
    told = error_reports.without_secrets({"request": request}, {})
    assert told["request"] == {"url": "https://api.example.com/api/v1/auth/login", "method": "POST"}


def test_a_line_of_the_log_is_told_by_its_fields() -> None:
    message = {"event": "it broke", "device_id": "phone", "number": 3}
    record = logging.LogRecord("a", logging.ERROR, "a.py", 1, message, (), None)
    told = error_reports.without_secrets({"logentry": {"message": str(message)}}, {"log_record": record})
    assert told["logentry"] == {"message": "it broke"}
    assert told["extra"] == {"device_id": "[removed]", "number": 3}
    crumb = error_reports.crumb_without_secrets({"message": str(message)}, {"log_record": record})
    assert (crumb["message"], crumb["data"]) == ("it broke", {"device_id": "[removed]", "number": 3})


def test_request_user_and_task_are_told() -> None:
    with bound_contextvars(request_id="r", emoji_task="7", user_id="8"):
        told = error_reports.without_secrets({"user": {"ip_address": "203.0.113.7"}}, {})
    assert told["tags"] == {"request_id": "r", "emoji_task": "7", "user_id": "8"}
    assert told["user"] == {"id": "8"}
