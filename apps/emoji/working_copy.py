"""The copy of a photo that everything works with: upright, without EXIF, under a key nobody else was given."""

import hashlib
from contextlib import suppress
from datetime import timedelta

from apps.emoji import backends
from apps.emoji.models import PhotoUpload
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable
from apps.emoji.photos import MAX_BYTES, PhotoRefused, normalised
from apps.emoji.provider import Photo

# The provider fetches the photo again when its own queue comes to it; after a day it has forgotten the task. checks.py
# holds the deadline below it.
LINK_LIFETIME = timedelta(days=1)


class PhotoUnreadable(Exception):
    """It has vanished, or it is no photo after all."""


class PhotoClosed(Exception):
    """Its time is over: it is being removed, and its copy with it."""


def make(upload: PhotoUpload) -> str:
    """Its key; the tasks of one photo share it. Raises PhotoUnreadable, PhotoClosed, PhotoStoreUnavailable."""
    store = backends.photo_store()
    with suppress(ObjectMissing):
        store.size(upload.copy_key)
        return upload.copy_key
    try:
        copy = normalised(original(upload))
    except (ObjectMissing, ObjectTooLarge, PhotoRefused) as error:
        raise PhotoUnreadable(repr(error)) from error
    try:
        store.write(upload.copy_key, copy, content_type="image/jpeg")
    finally:
        # Also when the store took it and did not say so.
        _require_open(upload)
    return upload.copy_key


def original(upload: PhotoUpload) -> bytes:
    """As it was when it was checked. Nobody can put another one in its place, so what differs is the store's fault.

    Raises ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable.
    """
    content = backends.photo_store().read(upload.key, max_bytes=MAX_BYTES)
    if upload.sha256 and hashlib.sha256(content).hexdigest() != upload.sha256:
        raise PhotoStoreUnavailable("the store sent something else than the photo")
    return content


def _require_open(upload: PhotoUpload) -> None:
    """After the copy was written: who closes the photo later removes the copy, who closed it before may not see it."""
    if not PhotoUpload.objects.filter(id=upload.id, closed_at=None).exists():
        backends.photo_store().delete(upload.copy_key)
        raise PhotoClosed(upload.key)


def for_provider(key: str) -> Photo:
    return Photo(key, backends.photo_store().link(key, lifetime=LINK_LIFETIME))
