"""DashScope and OSS on loopback, for nothing: as strict as the real ones, and as slow, unless told otherwise."""

import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dev.children import Children
from dev.free_port import LOOPBACK, free_port
from dev.project import ROOT

BUCKET = "photos-of-make-dev"
KEY_ID = "the-key-of-make-dev"


@dataclass(frozen=True)
class Pace:
    """`limits` are what the product counts calls by; the stand-in for DashScope refuses more with `is_strict`."""

    run_seconds: str
    poll_seconds: str
    is_strict: bool
    limits: dict[str, str] = field(default_factory=dict)


AS_REAL = Pace(run_seconds="5", poll_seconds="2", is_strict=True)
AT_ONCE = Pace(
    run_seconds="0.5",
    poll_seconds="1",
    is_strict=False,
    limits={
        "DASHSCOPE_DETECTIONS_PER_SECOND": "1000",
        "DASHSCOPE_SUBMISSIONS_PER_SECOND": "1000",
        "DASHSCOPE_LOOK_UPS_PER_SECOND": "1000",
        "DASHSCOPE_PLACES": "1000",
    },
)


def start(family: Children, folder: Path, pace: Pace = AS_REAL) -> dict[str, str]:
    """The environment in which the product talks to them."""
    dashscope, oss, key = free_port(), free_port(), secrets.token_hex(16)
    limits = [*["--real-limits"] * pace.is_strict, "--fetch-photos", "--run-seconds", pace.run_seconds]
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
        "EMOJI_POLL_SECONDS": pace.poll_seconds,
        "EMOJI_USUAL_SECONDS": pace.run_seconds,
        **pace.limits,
    }


def _start(family: Children, folder: Path, name: str, *arguments: str) -> None:
    family.start(name, [sys.executable, "-m", f"dev.{name}", *arguments], folder / "log" / f"{name}.log", cwd=ROOT)
