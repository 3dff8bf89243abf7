"""Whatever an operation promises can be had, and looks as it is described."""

from typing import Any

import pytest

from pickitchen.openapi_headers import HEADERS, NOT_ALWAYS
from tests.described import operations, undescribed, valid
from tests.journeys import met
from tests.journeys.world import World

OPERATIONS = {operation["operationId"]: operation for operation in operations()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_promises_can_be_had(world: World, name: str) -> None:
    have = getattr(met, name, None)
    assert have, f"tests/journeys/met.py has no function {name}: how does an app get that?"
    answers = {str(answer.status_code): answer for answer in have(world)}
    promised = {status: told for status, told in OPERATIONS[name]["responses"].items() if status < "300"}
    assert set(answers) == set(promised)
    for status, answer in answers.items():
        content = promised[status].get("content", {})
        assert [answer["Content-Type"]] == list(content) if content else not answer.content
        require_headers(answer, promised[status].get("headers", {}))
        if "application/json" in content:
            require_as_described(met.body_of(answer), content["application/json"]["schema"])


def require_headers(answer: Any, promised: dict[str, Any]) -> None:
    told = {name for name in HEADERS if name in answer}
    always = {name for name in promised if name not in NOT_ALWAYS}
    assert always <= told <= set(promised)


def require_as_described(body: Any, schema: dict[str, Any]) -> None:
    valid(body, schema)
    assert not list(undescribed(body, schema))
