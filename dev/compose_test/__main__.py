"""`make compose-test`: build the image, bring compose.yaml up, and use it as a phone does. It leaves nothing behind.

Exit code 3 says that no engine is here and none can be started: nothing was tested.
"""

import secrets
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from dev import command
from dev.children import Children, children
from dev.compose_test.base_images import BaseImages, base_images, pip_settings
from dev.compose_test.composition import IMAGE, Composition
from dev.compose_test.engine import NoEngine, engine
from dev.compose_test.proxy_manners import require_manners
from dev.compose_test.rush import Rush
from dev.compose_test.shell import Shell
from dev.compose_test.upkeep import METRICS_PORT, require_counts, require_release, restore_a_backup
from dev.demo_journey import Journey, read_photo
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port
from dev.mobile_app import MobileApp
from dev.narration import Narration
from dev.new_secrets import new_secrets
from dev.project import ROOT, VAR
from dev.sandbox_store import SandboxStore

FOLDER = VAR / "compose-test"
NOTHING_TESTED = 3
WORKERS = 4
# 128 and SIGKILL: whoever did not stop in time.
KILLED = 137
# So that a killed worker's tasks go on soon; but not before a busy machine has drawn a clip.
HURRY = {"EMOJI_LEASE_SECONDS": "20", "EMOJI_SWEEP_SECONDS": "1"}


def main() -> int:
    narration = Narration()
    log = FOLDER / "log" / "compose-test.log"
    log.unlink(missing_ok=True)
    try:
        with children() as family, tempfile.TemporaryDirectory(prefix="pickitchen-compose-") as private:
            _test(family, narration, log, Path(private))
    except NoEngine as error:
        print(f"NOT TESTED: {error}", file=sys.stderr)
        return NOTHING_TESTED
    narration.say(f"Done in {narration.seconds:.0f} s. Log: {log}")
    return 0


def _test(family: Children, narration: Narration, log: Path, private: Path) -> None:
    with ExitStack() as stack:
        with narration.step("Find or start a Docker engine") as step:
            running = stack.enter_context(engine(family, FOLDER))
            step.outcome = "started for this run" if running.is_ours else "yours"
        shell = Shell(log, running.env)
        with narration.step("Find or make the base images") as step:
            images = base_images(running, shell, FOLDER)
            step.outcome = "stand-ins from Debian" if images.are_stand_ins else "the real ones"
        env = _environment(images, private)
        composition = Composition(running, shell, _written(env, private / "compose.env"))
        _build(composition, narration, images, pip_settings(shell, private))
        stack.callback(_take_down, composition, narration)
        _use(composition, narration, env, private)


def _environment(images: BaseImages, private: Path) -> dict[str, str]:
    port = free_port()
    return {
        **new_secrets(),
        **images.names,
        **HURRY,
        "PICKITCHEN_IMAGE": IMAGE,
        "APP_ENV_FILE": str(private / "compose.env"),
        "HTTP_PORT": str(port),
        "PUBLIC_BASE_URL": f"http://{LOOPBACK}:{port}",
        "REVENUECAT_SIGNING_KEY": secrets.token_urlsafe(32),
        "METRICS_TOKEN": secrets.token_urlsafe(32),
        "METRICS_ADDRESS": f"0.0.0.0:{METRICS_PORT}",
    }


def _written(env: dict[str, str], path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in env.items()))
    return path


def _build(composition: Composition, narration: Narration, images: BaseImages, pip: Path) -> None:
    base = images.names["PYTHON_IMAGE"]
    with narration.step("Build the image") as step:
        composition.build(base, pip)
        whole = composition.megabytes(IMAGE)
        step.outcome = f"{whole:.0f} MB, {whole - composition.megabytes(base):.0f} MB of them above its base"


def _use(composition: Composition, narration: Narration, env: dict[str, str], private: Path) -> None:
    base_url = env["PUBLIC_BASE_URL"]
    photo = read_photo(ROOT / "dev" / "portrait.jpg")
    store = SandboxStore(base_url, env["REVENUECAT_WEBHOOK_SECRET"], env["REVENUECAT_SIGNING_KEY"])
    with narration.step("Bring everything up, until all are healthy"):
        composition.up()
    with narration.step("Look at the proxy, and ask for the release"):
        require_manners(base_url)
        require_release(composition)
    Journey(MobileApp(base_url), store, narration, time.sleep).play(photo, FOLDER / "clips")
    with narration.step("Read what the worker counts"):
        require_counts(composition, emoji=1)
    rush = Rush(base_url, store, photo)
    _lose_a_worker(composition, narration, rush)
    with narration.step("Check the invariants"):
        composition.inside("web", "python", "manage.py", "check_invariants")
    for name, memory in composition.memory().items():
        narration.say(f"          {name}: {memory}")
    with narration.step("Make a backup, lose the database, restore it"):
        restore_a_backup(composition, _open_folder(private / "backups"), rush.require_paid_once)
    _stop(composition, narration)


def _open_folder(path: Path) -> Path:
    """For the image's account, which is none of this machine's."""
    path.mkdir()
    path.chmod(0o777)
    return path


def _lose_a_worker(composition: Composition, narration: Narration, rush: Rush) -> None:
    with narration.step(f"Scale to {WORKERS} workers"):
        composition.up("--no-recreate", "--scale", f"worker={WORKERS}")
    with narration.step("Order many emoji and kill a worker in the midst of them") as step:
        ordered = rush.begin()
        rush.wait_for_work()
        composition.kill(composition.containers("worker")[0])
        rush.wait_for_the_end()
        rush.require_paid_once()
        step.outcome = f"{ordered} made, each paid once"


def _stop(composition: Composition, narration: Narration) -> None:
    with narration.step("Stop everything gracefully") as step:
        composition.stop()
        codes = composition.exit_codes()
        step.outcome = f"{len(codes)} containers ended"
    cut_off = [name for name, code in codes.items() if code == KILLED]
    if len(cut_off) > 1:
        raise Failure(f"more than the one that was killed did not end by themselves: {', '.join(cut_off)}")


def _take_down(composition: Composition, narration: Narration) -> None:
    with narration.step("Take everything down"):
        composition.down()


if __name__ == "__main__":
    sys.exit(command.run(main))
