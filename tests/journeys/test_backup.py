"""What was backed up comes back whole, and the product works on it, with ids that nobody has had."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from apps.core import node_lease, session_limits, snowflake
from apps.core.models import BackupRun
from apps.core.snowflake import next_id, time_ms
from apps.emoji.models import EmojiTask
from dev import postgres_home
from dev.project import ROOT
from tests.journeys.conftest import Product, wait_until
from tests.scrape import scrape

RESTORED = "pickitchen_restored"
# Its rows can be restored, and nobody can look at them: what restore does last fails.
UNREADABLE = """
    CREATE FUNCTION refuse(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('application_name') <> 'pg_restore' THEN RAISE 'not for you'; END IF;
            RETURN n;
        END
    $$;
    CREATE TABLE unreadable (n int);
    INSERT INTO unreadable VALUES (1);
    SET application_name = 'pg_restore';
    CREATE INDEX ON unreadable (public.refuse(n));
    RESET application_name;
"""
CLOSED_NODES = "SELECT count(*) FROM core_snowflakenode WHERE ceiling_ms >= %s"
MAKE_AN_ID = "from apps.core.snowflake import next_id; print(next_id())"


@pytest.fixture
def manage(product: Product) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Django's command line, with PostgreSQL's programs, on whichever database the product uses."""
    product.env["PATH"] = f"{postgres_home.programs()}{os.pathsep}{os.environ['PATH']}"

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, env=product.env, cwd=ROOT, capture_output=True, text=True)

    return run


@pytest.fixture
def empty_database(product: Product) -> Iterator[str]:
    """Beside the test's own."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {RESTORED} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {RESTORED}")
    yield product.env["DATABASE_URL"].rpartition("/")[0] + f"/{RESTORED}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


@pytest.fixture
def unreadable_rows(product: Product) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(UNREADABLE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE unreadable; DROP FUNCTION refuse")


def backed_up(manage: Callable[..., "subprocess.CompletedProcess[str]"], folder: Path) -> Path:
    told = manage("backup", str(folder))
    assert told.returncode == 0, told.stderr
    return Path(told.stdout.strip())


def test_a_restored_database_holds_every_invariant_and_the_product_works_on_it(
    product: Product, manage: Callable[..., "subprocess.CompletedProcess[str]"], empty_database: str
) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(600)
    upload_id = product.upload(app)
    first = app.create_task("mengwa_kaixin", upload_id)
    wait_until(lambda: EmojiTask.objects.filter(status="succeeded").count() == 1, "one is made")
    file = backed_up(manage, product.folder / "backups")
    app.create_task("mengwa_kaixin", upload_id)
    product.children.stop(*product.children.running[-3:])
    lost = next_id()

    product.env["DATABASE_URL"] = empty_database
    told = manage("restore", str(file))
    assert told.returncode == 0, told.stderr
    assert manage("migrate", "--check").returncode == 0
    checked = manage("check_invariants")
    assert (checked.returncode, "BROKEN" in checked.stdout) == (0, False)
    made = wait_until(lambda: manage("shell", "--no-imports", "-c", MAKE_AN_ID).stdout.strip(), "ids are made again")
    assert time_ms(int(made)) > time_ms(lost)

    product.start_web()
    product.start_worker()
    product.start_beat()
    assert app.balance() == 400
    again = app.create_task("mengwa_kaixin", upload_id)
    wait_until(lambda: app.task(again["id"])["status"] == "succeeded", "one is made on the restored database")
    assert app.task(first["id"])["status"] == "succeeded"


def test_ids_are_fenced_though_all_that_comes_after_it_fails(
    manage: Callable[..., "subprocess.CompletedProcess[str]"],
    unreadable_rows: None,
    product: Product,
    empty_database: str,
) -> None:
    file = backed_up(manage, product.folder / "backups")
    product.env["DATABASE_URL"] = empty_database
    before = datetime.now(UTC)
    told = manage("restore", str(file))
    assert (told.returncode, "not for you" in told.stderr) == (1, True)
    with psycopg.connect(empty_database) as restored:
        assert restored.execute(CLOSED_NODES, [before.timestamp() * 1000]).fetchone() == (node_lease.NODES,)


def test_behind_pgbouncer_a_restored_database_has_its_time_outs_too(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product, empty_database: str
) -> None:
    file = backed_up(manage, product.folder / "backups")
    product.env |= {"DATABASE_URL": empty_database, "DATABASE_VIA_PGBOUNCER": "true"}
    told = manage("restore", str(file))
    assert told.returncode == 0, told.stderr
    with psycopg.connect(empty_database) as restored:
        for name, value in session_limits.LIMITS.items():
            assert restored.execute(f"SHOW {name}").fetchone() == (value,)


def test_no_id_of_the_lost_time_is_made_again_though_a_clock_ran_ahead(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_snowflakenode")
    before = datetime.now(UTC)
    assert manage("fence_ids").returncode == 0
    closed_until = before.timestamp() * 1000 + snowflake.MAX_CLOCK_BACK_MS
    with connection.cursor() as cursor:
        cursor.execute(CLOSED_NODES, [closed_until])
        assert cursor.fetchone() == (node_lease.NODES,)
    made = wait_until(lambda: manage("shell", "--no-imports", "-c", MAKE_AN_ID).stdout.strip(), "ids are made again")
    assert time_ms(int(made)) >= closed_until


def test_a_backup_is_noted_and_its_age_is_told(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    assert scrape().value("pk_backup_last_success_timestamp") == 0
    file = backed_up(manage, product.folder / "backups")
    run = BackupRun.objects.get()
    assert (run.file, run.size) == (file.name, file.stat().st_size)
    assert file.stat().st_mode & 0o077 == 0
    assert scrape().value("pk_backup_last_success_timestamp") == pytest.approx(run.created_at.timestamp())


def test_a_database_that_has_tables_is_left_alone(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    file = backed_up(manage, product.folder / "backups")
    told = manage("restore", str(file))
    assert told.returncode == 1
    assert f"the database {settings.DATABASES['default']['NAME']} is not empty" in told.stderr


def test_a_backup_that_failed_leaves_no_file_and_no_note(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    programs = product.folder / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text(
        "#!/bin/sh\nfor one; do case $one in --file=*) : > ${one#--file=};; esac; done\nexit 1\n"
    )
    (programs / "pg_dump").chmod(0o755)
    product.env["PATH"] = f"{programs}{os.pathsep}{product.env['PATH']}"
    assert manage("backup", str(product.folder / "backups")).returncode == 1
    assert list((product.folder / "backups").iterdir()) == []
    assert not BackupRun.objects.exists()


def test_postgresqls_programs_connect_as_the_address_says(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    programs = product.folder / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text("#!/bin/sh\nenv >&2\nexit 1\n")
    (programs / "pg_dump").chmod(0o755)
    product.env["PATH"] = f"{programs}{os.pathsep}{product.env['PATH']}"
    product.env["DATABASE_URL"] += "?sslmode=prefer&sslcert=/ours.pem&sslkey=/ours.key&target_session_attrs=read-write"
    told = manage("backup", str(product.folder / "backups")).stderr.splitlines()
    assert {"PGSSLMODE=prefer", "PGSSLCERT=/ours.pem", "PGSSLKEY=/ours.key"} <= set(told)
    assert "PGTARGETSESSIONATTRS=read-write" in told
    assert not [line for line in told if line.startswith("PGOPTIONS=")]


def test_without_postgresqls_programs_it_says_so(
    manage: Callable[..., "subprocess.CompletedProcess[str]"], product: Product
) -> None:
    product.env["PATH"] = str(product.folder)
    told = manage("backup", str(product.folder / "backups"))
    assert "pg_dump is missing" in told.stderr
