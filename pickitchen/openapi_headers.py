"""Which headers of an answer the API's description tells; what goes with every answer is said once, at its start."""

from typing import Any

Schema = dict[str, Any]

HEADERS: Schema = {
    "ETag": {"description": "Of what is shown: send it back as `If-None-Match`.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true`: this is the answer to the first request with this key.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Path of what was made.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}},
}
NOT_ALWAYS = ("Idempotent-Replayed", "Retry-After")
BY_STATUS = {"304": ("ETag",), "429": ("Retry-After",), "503": ("Retry-After",)}
# By operationId and status.
OF_OPERATIONS = {
    ("emoji_tasks_create", "201"): ("Idempotent-Replayed", "Location"),
    ("emoji_tasks_create", "409"): ("Retry-After",),
    ("user_export", "202"): ("Location",),
    ("user_profile_change", "200"): ("ETag",),
}


def names_of(operation: Schema, status: str) -> tuple[str, ...]:
    """What may be kept has its validator on the whole answer too."""
    kept = ("ETag",) if status == "200" and "304" in operation["responses"] else ()
    return kept + BY_STATUS.get(status, ()) + OF_OPERATIONS.get((operation["operationId"], status), ())
