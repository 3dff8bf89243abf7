"""Weak validators of the profile: `W/"7-5f3a…"` names its version and, by a hash, all that is shown with it."""

import hashlib
import re

WRITTEN = re.compile(r'(?:W/)?"([^"]*)"')
VERSION = re.compile(r"([0-9]{1,9})-[0-9a-f]{16}", re.ASCII)


def etag_of(version: int, body: bytes) -> str:
    return f'W/"{version}-{hashlib.sha256(body).hexdigest()[:16]}"'


def versions_in(if_match: str) -> set[int] | None:
    """The versions a change is meant for; None is any. What else the profile shows, points above all, may have moved
    meanwhile without harm, so a change is not refused for it."""
    if not if_match or if_match.strip() == "*":
        return None
    return {int(found[1]) for inner in WRITTEN.findall(if_match) if (found := VERSION.fullmatch(inner))}
