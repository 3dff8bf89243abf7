"""What the demo's phone does, step by step: login, purchase, photo, emoji, ledger."""

import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.failure import Failure
from dev.mobile_app import MobileApp, Refused
from dev.narration import Narration
from dev.sandbox_store import SandboxStore

PACK = "points_1000"
EMOJI_SECONDS = 120.0
POLL_SECONDS = 0.3
SUFFIXES = {"video/mp4": ".mp4", "image/webp": ".webp", "image/gif": ".gif"}
ANOTHER_PORTRAIT = "try another one, make demo PHOTO=path"
OPEN = ("queued", "processing")


def read_photo(path: Path) -> "Photo":
    content_type = mimetypes.guess_type(path.name)[0] or ""
    if not path.is_file() or not content_type.startswith("image/"):
        raise Failure(f"{path} is no photo: give the path of a JPEG, PNG, BMP or WebP file, PHOTO=path")
    return Photo(path.read_bytes(), content_type)


@dataclass(frozen=True)
class Photo:
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Journey:
    app: MobileApp
    store: SandboxStore
    narration: Narration
    # Waits, and fails at once when a process of the product has died.
    pause: Callable[[float], None]

    def play(self, photo: Photo, clips: Path) -> Path:
        self._log_in_and_buy()
        task = self._follow(self._create_task(self._upload(photo)))
        clip = self._download(task, clips)
        self._show_ledger()
        return clip

    def _log_in_and_buy(self) -> None:
        with self.narration.step("Log in with a new phone") as step:
            user = self.app.login()["user"]
            step.outcome = f"user {user['id']}"
        with self.narration.step(f"Buy {PACK} in the store's sandbox, told by a signed webhook") as step:
            step.outcome = self.store.sell(PACK, user["billing_user_id"])
        with self.narration.step("Look at the balance") as step:
            balance = self.app.balance()
            step.outcome = f"{balance} points"
        if not balance:
            raise Failure("the purchase brought no points: look for the event in var/demo/log/web.log")

    def _upload(self, photo: Photo) -> str:
        with self.narration.step("Ask for an upload ticket") as step:
            ticket = self.app.ticket(photo.content, photo.content_type)
            step.outcome = f"upload {ticket['upload_id']}"
        with self.narration.step("Send the portrait") as step:
            self.app.upload(ticket, photo.content)
            step.outcome = f"{len(photo.content):,} bytes"
        return str(ticket["upload_id"])

    def _create_task(self, upload_id: str) -> dict[str, Any]:
        with self.narration.step("Order the emoji") as step:
            template = self.app.templates()[0]
            try:
                task = self.app.create_task(template["id"], upload_id)
            except Refused as refusal:
                if refusal.code.startswith("image_"):
                    raise Failure(f"this portrait does not do ({refusal.reason}): {ANOTHER_PORTRAIT}") from refusal
                raise
            step.outcome = f"{template['name']}, {task['points']['cost']} points, task {task['id']}"
        return task

    def _follow(self, task: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        with self.narration.bar("Make the emoji") as bar:
            while task["status"] in OPEN:
                bar.show(task["stage"] or task["status"], task["progress"])
                if time.monotonic() - began > EMOJI_SECONDS:
                    raise Failure(f"the emoji is not done after {EMOJI_SECONDS:.0f} s: read var/demo/log/worker.log")
                self.pause(POLL_SECONDS)
                task = self.app.task(task["id"])
        self.narration.timed("Make the emoji", began, str(task["status"]))
        if task["status"] != "succeeded":
            raise _told_failure(task)
        return task

    def _download(self, task: dict[str, Any], clips: Path) -> Path:
        result = task["result"]
        with self.narration.step("Download the clip") as step:
            content = self.app.download(result["video_url"])
            clips.mkdir(parents=True, exist_ok=True)
            clip = clips / f"{task['id']}{SUFFIXES.get(result['content_type'], '.bin')}"
            clip.write_bytes(content)
            step.outcome = f"{clip} ({len(content):,} bytes)"
        return clip

    def _show_ledger(self) -> None:
        with self.narration.step("Read the ledger"):
            rows = self.app.ledger()
        self.narration.table(
            ("when", "what", "amount", "balance"),
            [(row["created_at"], row["title"], f"{row['amount']:+}", str(row["balance_after"])) for row in rows],
        )


def _told_failure(task: dict[str, Any]) -> Failure:
    error = task["error"] or {"code": task["status"], "message": ""}
    return Failure(
        f"the emoji failed with {error['code']}: {error['message']} {ANOTHER_PORTRAIT}, or read var/demo/log/worker.log"
    )
