import subprocess
from urllib.parse import urlsplit

from dev.new_secrets import new_secrets
from dev.project import ROOT


def test_each_secret_is_new_and_long() -> None:
    first, second = new_secrets(), new_secrets()
    values = [*first.values(), *second.values()]
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 50


def test_a_password_can_stand_in_an_address() -> None:
    password = new_secrets()["POSTGRES_PASSWORD"]
    assert urlsplit(f"postgresql://pickitchen:{password}@db:5432/pickitchen").password == password


def test_making_them_says_nothing_else_for_it_is_appended_to_a_file() -> None:
    """What installs packages tells how far it is."""
    words = ["make", "--dry-run", "--no-print-directory", "secrets", "PYTHON=python3"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["exec python3 -m dev.new_secrets"]
