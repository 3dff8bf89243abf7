"""A provider that does what the test says, behind the same interface as the real one."""

from collections import deque
from typing import Any, cast

from apps.emoji.provider import Clip, FaceBoxes, Page, Photo, Progress, Status, Window

BOXES = FaceBoxes((100, 100, 300, 300), (50, 50, 350, 350))
CLIP = Clip(b"a clip", "image/webp")


class ScriptedProvider:
    """Every call succeeds at once, unless something else was put on that call's script: an error to raise, an answer to
    give, or a function to call first."""

    name = "scripted"

    def __init__(self) -> None:
        self.script: dict[str, deque[Any]] = {}
        self.calls: list[str] = []
        self.submitted: list[str] = []

    def next(self, call: str, *answers: Any) -> None:
        self.script.setdefault(call, deque()).extend(answers)

    def detect(self, photo: Photo) -> FaceBoxes:
        return cast(FaceBoxes, self._answer("detect", BOXES))

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        self.submitted.append(f"provider-{len(self.submitted) + 1}")
        return cast(str, self._answer("submit", self.submitted[-1]))

    def ask(self, provider_task_id: str) -> Progress:
        return cast(Progress, self._answer("ask", Progress(Status.SUCCEEDED, "http://results.example/clip")))

    def list_page(self, window: Window, page: int) -> Page:
        return Page(cast(list[str], self._answer("list_page", list(self.submitted))), is_last=True)

    def download(self, progress: Progress) -> Clip:
        return cast(Clip, self._answer("download", CLIP))

    def _answer(self, call: str, usual: Any) -> Any:
        self.calls.append(call)
        scripted = self.script.get(call)
        answer = scripted.popleft() if scripted else usual
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer
