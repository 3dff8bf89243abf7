"""A migration runs while the release before it serves, and locks no table that is in use: docs/migrations.md."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.migration_linter import MigrationLinter
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements

ROOT = Path(__file__).parent.parent
NEW = "before the first release: its tables are empty wherever it runs"
# Each with the reason why it does no harm.
ACCEPTED = {
    "accounts.0001_initial": NEW,
    "accounts.0005_suspension": NEW,
    "accounts.0012_devices_by_tail": NEW,
    "billing.0002_lines_and_names": NEW,
    "billing.0003_staff_indexes": NEW,
    "billing.0004_events_of_a_type": NEW,
    "emoji.0001_initial": NEW,
    "emoji.0004_retention": NEW,
    "emoji.0008_provider_accounts_and_turns": NEW,
    "emoji.0011_tasks_by_the_providers_id": NEW,
    "emoji.0012_tasks_by_error": NEW,
    "emoji.0015_submissions_in_doubt": NEW,
    "points.0004_clawed_back_again": NEW,
    "staff.0004_actions_on_an_object": NEW,
}
# Loads and unloads rows of a table that has tens.
ADVICE = ("RUNPYTHON_MODEL_VARIABLE_NAME",)


def ours() -> list[Migration]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    labels = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    return [migration for (app, _), migration in sorted(loader.disk_migrations.items()) if app in labels]


def complaints(migration: Migration) -> set[str]:
    """Codes of django-migration-linter: what breaks the code before, what locks a table that is there already."""
    linter = MigrationLinter(no_output=True)
    statements = linter.get_sql(migration.app_label, migration.name)
    errors, _, warnings = analyse_sql_statements(linter.sql_analyser_class, statements, [])
    data_errors, _, data_warnings = linter.analyse_data_migration(migration)
    found = [*errors, *warnings, *data_errors, *data_warnings]
    return {str(issue.code) for issue in found} - {*ADVICE}


# What builds an index beside running writes refuses even to be told inside a transaction.
EACH = [
    pytest.param(migration, marks=pytest.mark.django_db(transaction=not migration.atomic), id=str(migration))
    for migration in ours()
]


@pytest.mark.parametrize("migration", EACH)
def test_a_migration_is_safe_while_the_release_before_it_runs(migration: Migration) -> None:
    assert bool(complaints(migration)) == (str(migration) in ACCEPTED), complaints(migration)


@pytest.mark.django_db
def test_the_linter_sees_what_is_not_safe() -> None:
    unsafe = next(migration for migration in ours() if str(migration) == "billing.0002_lines_and_names")
    assert complaints(unsafe) >= {"NOT_NULL", "CREATE_INDEX"}


def test_nothing_is_accepted_that_is_not_there() -> None:
    assert set(ACCEPTED) <= {str(migration) for migration in ours()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("app", sorted({migration.app_label for migration in ours()}))
def test_the_last_migration_of_an_app_can_be_taken_back_and_made_again(app: str) -> None:
    """A release that went wrong is followed by the one before it."""
    names = [migration.name for migration in ours() if migration.app_label == app]
    call_command("migrate", app, (names[-2:])[0], verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("migrate", check_unapplied=True, verbosity=0)
