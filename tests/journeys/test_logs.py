"""One id greps the whole journey, from the request to the clip; no line of any process tells a secret."""

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apps.emoji.models import EmojiTask
from tests.journeys.conftest import Product, wait_until


def everything(product: Product) -> str:
    return "".join(log.read_text() for log in logs(product))


def logs(product: Product) -> list[Path]:
    return [log for log in (product.folder / "log").glob("*.log") if log.stem != "valkey"]


def lines(product: Product, name: str, wanted: str) -> list[dict[str, Any]]:
    text = (product.folder / "log" / f"{name}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if wanted in line]


def stages(product: Product, request_id: str) -> set[str]:
    """Of the steps that the worker has made for this request."""
    return {line["stage"] for line in lines(product, "worker-1", request_id) if line["event"] == "a step was made"}


def test_an_order_is_found_by_one_id_in_web_and_worker_and_no_secret_is_told(product: Product, portrait: bytes) -> None:
    product.env["LOG_FORMAT"] = "json"
    product.env["REVENUECAT_WEBHOOK_SECRET"] = secret = secrets.token_urlsafe(32)
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(400)
    ticket = app.ticket(portrait, "image/jpeg")
    app.upload(ticket, portrait)
    app.http.headers["X-Request-ID"] = request_id = f"journey-{secrets.token_hex(8)}"
    task = app.create_task("mengwa_kaixin", str(ticket["upload_id"]))
    wait_until(lambda: EmojiTask.objects.filter(id=int(task["id"]), status="succeeded").exists(), "it is made")
    done = app.task(task["id"])
    app.http.post(f"{app.api}/webhooks/revenuecat", json={}, headers={"Authorization": f"Bearer {secret}"}, timeout=30)
    app.http.get(f"{app.api}/user/profile", headers={"Authorization": "Bearer eyJhbGciOi.made.up"}, timeout=30)

    ordered = lines(product, "web", request_id)
    assert {"an emoji was ordered", "request"} <= {line["event"] for line in ordered}
    # A step is in the row before it is in the log.
    wait_until(lambda: stages(product, request_id) >= {"detecting", "submitting"}, "the worker has logged")
    of_task = lines(product, "web", task["id"]) + lines(product, "worker-1", task["id"])
    assert {line["process"] for line in of_task} == {"web", "worker"}
    assert {line["user_id"] for line in of_task} == {str(EmojiTask.objects.get(id=int(task["id"])).user_id)}
    assert all("task_id" in line for line in lines(product, "worker-1", task["id"]))

    token = str(app.http.headers["Authorization"]).removeprefix("Bearer ")
    addresses = [urlsplit(str(ticket["url"])), urlsplit(str(done["result"]["video_url"]))]
    told = everything(product)
    for canary in (secret, "eyJhbGciOi.made", app.device_id, app.device_secret, token):
        assert canary not in told
    for address in addresses:
        assert address.query not in told
        assert address.path.rpartition("/objects/")[2] not in told


def test_every_line_of_the_product_is_json_once_the_servers_have_said_who_they_are(product: Product) -> None:
    product.env["LOG_FORMAT"] = "json"
    product.start_web()
    product.start_worker()
    product.start_beat()
    web_log = product.folder / "log" / "web.log"
    wait_until(lambda: web_log.read_text().count("Started worker-") == 2, "the web server has said who it is")
    app = product.app_with_points(200)
    app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: EmojiTask.objects.filter(status="succeeded").count() == 1, "it is made")
    for name, marker in {"web": '"request"', "worker-1": '"apps.emoji.pipeline"'}.items():
        told = (product.folder / "log" / f"{name}.log").read_text().splitlines()
        since = next(number for number, line in enumerate(told) if marker in line)
        for line in told[since:]:
            assert {"timestamp", "level", "event", "logger", "process"} <= json.loads(line).keys()
