"""Each alert has a page that helps, cases that trip it and that do not, and speaks of metrics that exist.

That the cases hold is seen by `make alerts`, with Prometheus' own tool.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib import admin
from django.db import connection
from django.utils.text import capfirst

from apps.core import metrics

ROOT = Path(__file__).parent.parent
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "docker/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "docker/prometheus/alerts.test.yml").read_text())["tests"]
PAGES = ROOT / "docs" / "runbooks"
DASHBOARD = ROOT / "docker" / "grafana" / "pickitchen.json"
LINK = re.compile(r"\]\(([^)#:]+)")
STATEMENT = re.compile(r"`(SELECT [^`]+ FROM [^`]+)`")
PAGE_OF_STAFF = re.compile(r"(?:[Ss]taff pages?,?|the page|among) \*([A-Z][^*]+)\*")
SERIES = re.compile(r"\b(?:pk|node)_[a-z_]+\b")
# Of Prometheus' node exporter.
OF_THE_MACHINE = {"node_filesystem_avail_bytes", "node_filesystem_size_bytes"}

each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])


@each_rule
def test_a_rule_has_a_page_that_says_what_to_do(rule: dict[str, Any]) -> None:
    page = (ROOT / rule["annotations"]["runbook"]).read_text()
    assert page.startswith(f"# {rule['alert']}\n\n{rule['annotations']['summary']}.")
    headings = re.findall(r"^## (.+)\n\n\S", page, re.MULTILINE)
    assert headings == ["Meaning", "Check", "Act", "Verify"]


@each_rule
def test_a_rule_has_a_case_that_trips_it_and_one_that_does_not(rule: dict[str, Any]) -> None:
    looks = [look for case in CASES for look in case["alert_rule_test"] if look["alertname"] == rule["alert"]]
    assert {bool(look["exp_alerts"]) for look in looks} == {False, True}


@each_rule
def test_a_rule_says_how_urgent_it_is(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")


def test_rules_and_dashboard_speak_of_metrics_that_exist() -> None:
    asked = [rule["expr"] for rule in RULES]
    asked += [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in _targets(panel)]
    spoken_of = {name for expression in asked for name in SERIES.findall(expression)}
    assert spoken_of - metrics.names() == OF_THE_MACHINE


def test_each_page_belongs_to_a_rule() -> None:
    pages = {str(page.relative_to(ROOT)) for page in PAGES.glob("*.md") if page.name != "README.md"}
    assert pages == {rule["annotations"]["runbook"] for rule in RULES}


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_statement_of_the_pages_can_be_asked(db: None) -> None:
    statements = [statement for page in PAGES.glob("*.md") for statement in STATEMENT.findall(page.read_text())]
    assert len(statements) >= 3
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")


def test_pages_of_staff_are_called_what_they_are_called_there() -> None:
    called = {capfirst(str(model._meta.verbose_name_plural)) for model in admin.site._registry}
    named = {name for page in PAGES.glob("*.md") for name in PAGE_OF_STAFF.findall(page.read_text())}
    assert "RevenueCat events" in named
    assert named - called == set()


def test_the_list_of_pages_has_them_all() -> None:
    listed = (PAGES / "README.md").read_text()
    assert [rule["alert"] for rule in RULES] == re.findall(r"^\| \[(\w+)\]", listed, re.MULTILINE)


def _targets(panel: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = panel.get("targets", [])
    return found
