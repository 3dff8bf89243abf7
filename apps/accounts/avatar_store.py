"""Where pictures of users are kept; the app above that keeps photos says here how."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AvatarStore:
    """Keys are as the photo store has them.

    `picture`: of a user id and the id of a photo that this user has uploaded, the small JPEG that is kept; it raises
    what the user is told of such a photo. `write` raises DependencyUnavailable, `delete` whatever stands in its way.
    `link`: a signed address that ends after the time given.
    """

    picture: Callable[[int, int], bytes]
    write: Callable[[str, bytes], None]
    delete: Callable[[str], None]
    link: Callable[[str, timedelta], str]


_stores: list[AvatarStore] = []


def register(store: AvatarStore) -> None:
    _stores[:] = [store]


def current() -> AvatarStore:
    return _stores[0]
