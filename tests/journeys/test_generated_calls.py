"""Thousands of calls that nobody wrote, made from the API's description: no bug, nothing that it does not promise.

Whether what is wrong is refused is asked by test_every_edge.py. FUZZ_SEED repeats a run, FUZZ_CASES makes it longer
(cases for each of the three callers).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import randbits
from typing import Any, cast
from uuid import uuid4

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.models import User
from dev import processes
from dev.loopback_http import loopback_session
from dev.mobile_app import MobileApp
from dev.project import ROOT
from tests.billing.conftest import pack
from tests.conftest import WEBHOOK_SECRET, revenuecat_event
from tests.described import undescribed
from tests.journeys.conftest import Product

SEED = int(os.environ.get("FUZZ_SEED") or randbits(32))
CASES = int(os.environ.get("FUZZ_CASES", "1050"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
# Vendors are not asked here, and these say so.
HONEST = {"sync_unavailable", "dependency_unavailable"}
# After them the user can do little else.
LAST = ("DELETE /api/v1/user", "POST /api/v1/user/deletion/cancel")


@dataclass
class Caller:
    """Who calls a running product, with ids of one user's objects at hand."""

    url: str
    ids: dict[str, str]
    http: requests.Session = field(default_factory=loopback_session)
    statuses: Counter[int] = field(default_factory=Counter)

    def call(self, case: Any, use_real_ids: bool) -> None:
        if use_real_ids:
            self._name_what_exists(case)
        answer = case.call(base_url=self.url, session=self.http, timeout=30)
        self.statuses[answer.status_code] += 1
        case.validate_response(answer, checks=_checks_for(answer))
        if answer.status_code < 300 and answer.headers.get("content-type") == ["application/json"]:
            promised = case.operation.definition.raw["responses"][str(answer.status_code)]["content"]
            assert not set(undescribed(answer.json(), promised["application/json"]["schema"])), case.operation.label

    def _name_what_exists(self, case: Any) -> None:
        for name in case.path_parameters:
            case.path_parameters[name] = self.ids.get(case.operation.path, case.path_parameters[name])
        if isinstance(case.body, dict) and "upload_id" in case.body:
            case.body |= {"upload_id": self.ids["upload"], "template_id": self.ids["template"]}


def _checks_for(answer: Any) -> list[Any]:
    """A 503 by which the product says that it has no vendor is as it should be; any other is not."""
    if answer.status_code == 503 and answer.json()["code"] in HONEST:
        return CHECKS[1:]
    return CHECKS


@pytest.fixture
def owner(product: Product) -> MobileApp:
    """Of a task, an upload, an order and a ledger."""
    # A call that waits for a change would wait for nothing.
    product.env |= {"LONG_POLL_SEATS": "0", "REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET}
    product.start_web()
    return product.app_with_points(100_000)


@pytest.fixture
def ids(owner: MobileApp, product: Product) -> dict[str, str]:
    """By the paths of the description."""
    upload, template = product.upload(owner), owner.templates()[0]["id"]
    task = owner.create_task(template, upload)
    profile = owner.http.get(f"{owner.api}/user/profile").json()
    bought = pack(User(billing_user_id=profile["billing_user_id"]))
    event = revenuecat_event("NON_RENEWING_PURCHASE", **bought)
    sent = owner.storage.post(
        f"{owner.api}/webhooks/revenuecat", json=event, headers={"Authorization": WEBHOOK_SECRET}, timeout=30
    )
    assert sent.status_code == 200
    order = owner.http.get(f"{owner.api}/orders").json()["items"][0]["id"]
    tasks = "/api/v1/emoji/tasks/{id}"
    return {
        "upload": upload,
        "template": template,
        tasks: task["id"],
        f"{tasks}/cancel": task["id"],
        "/api/v1/emoji/tasks/{task_id}/report": task["id"],
        "/api/v1/emoji/templates/{driven_id}": template,
        "/api/v1/orders/{id}": order,
        "/api/v1/points/transactions/{id}": owner.ledger()[0]["id"],
    }


def log_in(owner: MobileApp) -> str:
    owner.login()
    return str(owner.http.headers["Authorization"])


def log_in_stranger(owner: MobileApp) -> str:
    return log_in(MobileApp(owner.api.removesuffix("/api/v1"), f"stranger-{uuid4()}"))


TOKENS: dict[str, Callable[[MobileApp], str]] = {
    "a user": log_in,
    "a stranger": log_in_stranger,
    "nobody": lambda _: "",
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", TOKENS)
def test_no_generated_call_meets_a_bug_or_a_surprise(
    product: Product, owner: MobileApp, ids: dict[str, str], who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nFUZZ_SEED={SEED} as {who}", flush=True)
    caller = Caller(processes.base_url(product.port), ids)
    operations = sorted(_operations(), key=lambda operation: (operation.label in LAST, operation.label))
    for operation in operations:
        # Calls may have ended the session.
        caller.http.headers["Authorization"] = TOKENS[who](owner)
        _call_often(caller, operation, CASES // len(operations) + 1)
    assert sum(caller.statuses.values()) >= CASES
    assert caller.statuses[200] > 0


def _operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json")
    return (cast(Any, result).ok() for result in schema.get_all_operations())


def _call_often(caller: Caller, operation: Any, times: int) -> None:
    """What fits the description and what does not; again and again where there is little to vary."""
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
    enough = sum(caller.statuses.values()) + times
    _run(caller, right, (times + 1) // 2)
    # With some operations nothing can be done wrong.
    with suppress(hypothesis.errors.Unsatisfiable):
        _run(caller, wrong, times // 2)
    while (left := enough - sum(caller.statuses.values())) > 0:
        _run(caller, right, left)


def _run(caller: Caller, cases: st.SearchStrategy[Any], times: int) -> None:
    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=times,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.given(case=cases, use_real_ids=st.booleans())
    def calls(case: Any, use_real_ids: bool) -> None:
        caller.call(case, use_real_ids)

    cast(Callable[[], None], calls)()
