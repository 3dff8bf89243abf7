"""`make production`: the product as production runs it, on this machine and without containers, until Ctrl-C.

On the servers of DATABASE_URL and REDIS_URL, or on embedded ones. The vendors are stand-ins: with accounts of your own
use compose.production.yaml.
"""

import argparse
import sys
import time

from dev import command
from dev.children import children
from dev.free_port import free_port
from dev.interruption import Interrupted
from dev.narration import Narration
from dev.production_site import Site, site, stop
from dev.project import VAR
from dev.servers import servers

FOLDER = VAR / "production"
USUAL_PORT = 8000
LOOK_SECONDS = 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=USUAL_PORT, help="where nginx listens; another if it is taken")
    port = free_port(parser.parse_args().port)
    narration = Narration()
    with children() as family, servers(family, "production") as found:
        running = site(family, found, FOLDER, port)
        with narration.step("Collect static files, bring the database up to date, check the settings"):
            running.prepare()
        with narration.step("Start nginx, two web servers, two workers and beat"):
            running.open()
        narration.say(
            f"Listening at {running.base_url} for what ends TLS; logs are in {FOLDER / 'log'}; Ctrl-C stops it"
        )
        return _tend(running, narration)


def _tend(running: Site, narration: Narration) -> int:
    known = 0
    try:
        while True:
            time.sleep(LOOK_SECONDS)
            running.tend()
            if running.restarts > known:
                known = running.restarts
                narration.say(f"something died and was started again ({known} so far): read {FOLDER / 'log'}")
    except Interrupted:
        stop(running, narration)
        raise


if __name__ == "__main__":
    sys.exit(command.run(main))
