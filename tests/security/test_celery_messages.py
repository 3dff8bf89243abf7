"""T-24: whoever gets into Redis finds no message that gives points, names a file or runs a command."""

import inspect

from pickitchen.celery import app


def ours() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_a_message_names_at_most_a_row_or_an_account_at_the_vendor() -> None:
    named = {
        name: list(inspect.signature(task.run).parameters)  # type: ignore[attr-defined]  # a task
        for name, task in ours().items()
    }
    assert len(named) >= 10
    for name, parameters in named.items():
        assert set(parameters) <= {"emoji_task_id", "export_id", "account"}, name


def test_every_task_is_one_of_ours() -> None:
    assert all(name.startswith("apps.") for name in ours())


def test_only_json_is_read() -> None:
    assert list(app.conf.accept_content) == ["json"]
