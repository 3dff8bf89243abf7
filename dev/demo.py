"""`make demo`: the whole product on this machine, and a phone that buys points and makes an emoji."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import requests

from dev import command, processes
from dev.children import Children, children
from dev.demo_journey import Journey, Photo, read_photo
from dev.failure import Failure
from dev.free_port import free_port
from dev.mobile_app import MobileApp, Refused
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.sandbox_store import SandboxStore
from dev.servers import servers

FOLDER = VAR / "demo"
# The demo shows the product as it comes, whatever else the person's environment configures.
AS_IT_COMES = {
    "ENVIRONMENT": "local",
    "DEBUG": "false",
    "ALIYUN_EMOJI_MOCK": "1",
    "ALLOWED_HOSTS": "127.0.0.1",
    "LOCAL_PHOTO_DIR": str(FOLDER / "photos"),
    "LOG_FORMAT": "console",
    "NACOS_SERVER_ADDRESSES": "",
    "OSS_BUCKET": "",
    "REMOTE_CONFIG_FILE": "",
    "SENTRY_DSN": "",
}


def main() -> int:
    photo = read_photo(_arguments().photo)
    narration = Narration()
    with children() as family, ExitStack() as stack:
        with narration.step("Start PostgreSQL and Valkey") as step:
            found = stack.enter_context(servers(family, "demo"))
            step.outcome = "those of DATABASE_URL and REDIS_URL" if found.both_given else ""
        port = free_port()
        env = processes.environment(found, port, FOLDER, {**os.environ, **AS_IT_COMES})
        with narration.step("Bring the database up to date"):
            processes.prepare(family, env, FOLDER)
        with narration.step("Start web server, worker and beat") as step:
            processes.start(family, port, env, FOLDER)
            processes.wait_until_ready(family, port)
            step.outcome = processes.base_url(port)
        _play(family, narration, photo, env)
        with narration.step("Stop everything"):
            family.stop_all()
    narration.say(f"Done in {narration.seconds:.1f} s. Logs: {FOLDER / 'log'}")
    return 0


def _play(family: Children, narration: Narration, photo: Photo, env: dict[str, str]) -> None:
    base_url = env["PUBLIC_BASE_URL"]
    store = SandboxStore(base_url, env["REVENUECAT_WEBHOOK_SECRET"], env["REVENUECAT_SIGNING_KEY"])
    journey = Journey(MobileApp(base_url), store, narration, family.pause)
    try:
        journey.play(photo, FOLDER / "clips")
    except Refused as refusal:
        raise Failure(f"{refusal}; what happened is in {FOLDER / 'log' / 'web.log'}") from refusal
    except requests.RequestException as error:
        family.require_alive()
        raise Failure(f"the web server does not answer ({error}): read {FOLDER / 'log' / 'web.log'}") from error


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, default=ROOT / "dev" / "portrait.jpg", help="a JPEG, PNG, BMP or WebP")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
