"""A process knows which of the product's it is; PostgreSQL and Sentry are told."""

import pytest

from pickitchen.process_name import process_name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/app/pickitchen/web_server.py --host 0.0.0.0 --port 8000", "web"),
        ("/venv/bin/granian --interface wsgi pickitchen.wsgi:application", "web"),
        ("/venv/bin/celery -A pickitchen worker -c 2", "worker"),
        ("/venv/lib/python3.11/site-packages/celery/__main__.py -A pickitchen beat --pidfile=", "beat"),
        ("/venv/bin/celery -A pickitchen inspect", "celery"),
        ("manage.py migrate --no-input", "migrate"),
        ("/app/manage.py", "manage"),
    ],
)
def test_a_process_is_named_by_its_command(command: str, name: str) -> None:
    assert process_name(command.split()) == name
