"""The peer's worker with DashScope in the place of its own provider: the same calls as ours, by the same code.

Run with the peer's Python, its folder and this project's in PYTHONPATH, and DASHSCOPE_BASE_URL.
"""

import os
from importlib import import_module

from apps.emoji.dashscope import DashScope
from apps.emoji.provider import FaceBoxes, Photo

BOXES = FaceBoxes((212, 194, 460, 441), (63, 30, 509, 476))


def main() -> None:
    worker = import_module("worker")
    dashscope = DashScope("a key for the bench", os.environ["DASHSCOPE_BASE_URL"], "127.0.0.1")

    def over_http(image_url: str, template_id: str) -> str:
        progress = dashscope.ask(dashscope.submit(Photo(template_id, image_url), template_id, BOXES))
        dashscope.download(progress)
        return progress.result_url

    vars(worker)["mock_provider"] = over_http
    worker.main()


if __name__ == "__main__":
    main()
