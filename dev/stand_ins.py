"""DashScope and OSS for `make dev ARGS=--fakes`: as strict and as slow as the real ones, on loopback, for nothing."""

import secrets
import sys
from pathlib import Path

from dev.children import Children
from dev.free_port import LOOPBACK, free_port
from dev.project import ROOT

BUCKET = "photos-of-make-dev"
KEY_ID = "the-key-of-make-dev"
RUN_SECONDS = "5"


def start(family: Children, folder: Path) -> dict[str, str]:
    """The environment in which the product talks to them."""
    dashscope, oss, key = free_port(), free_port(), secrets.token_hex(16)
    limits = ["--real-limits", "--fetch-photos", "--run-seconds", RUN_SECONDS]
    _start(family, folder, "fake_dashscope", "--port", str(dashscope), "--key", key, *limits)
    _start(family, folder, "fake_oss", "--port", str(oss), "--bucket", BUCKET, "--key", KEY_ID, key)
    return {
        "ALIYUN_EMOJI_MOCK": "false",
        "DASHSCOPE_API_KEY": key,
        "DASHSCOPE_ACCOUNTS": "",
        "DASHSCOPE_BASE_URL": f"http://{LOOPBACK}:{dashscope}/api/v1",
        "DASHSCOPE_RESULT_HOST_SUFFIX": LOOPBACK,
        "OSS_BUCKET": BUCKET,
        "OSS_ENDPOINT": f"http://{LOOPBACK}:{oss}",
        "OSS_PUBLIC_ENDPOINT": "",
        "OSS_ACCESS_KEY_ID": KEY_ID,
        "OSS_ACCESS_KEY_SECRET": key,
        "EMOJI_POLL_SECONDS": "2",
        "EMOJI_USUAL_SECONDS": RUN_SECONDS,
    }


def _start(family: Children, folder: Path, name: str, *arguments: str) -> None:
    family.start(name, [sys.executable, "-m", f"dev.{name}", *arguments], folder / "log" / f"{name}.log", cwd=ROOT)
