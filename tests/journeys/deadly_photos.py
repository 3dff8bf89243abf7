"""For a worker's --include: photos named in the file DEADLY_PHOTOS end the process that looks at them, at once."""

import os
from pathlib import Path

from apps.emoji.mock_provider import MockProvider
from apps.emoji.provider import FaceBoxes, Photo

_detect = MockProvider.detect


def _die_of_deadly_photos(provider: MockProvider, photo: Photo) -> FaceBoxes:
    if photo.key in Path(os.environ["DEADLY_PHOTOS"]).read_text().split():
        os._exit(1)
    return _detect(provider, photo)


MockProvider.detect = _die_of_deadly_photos  # type: ignore[assignment,method-assign]  # the point of it
