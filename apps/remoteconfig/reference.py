"""docs/remote-config.md, made from the schema."""

import json
from collections.abc import Iterator
from itertools import groupby

from apps.remoteconfig.document import CONFIRM, Values
from apps.remoteconfig.guards import TOO_MANY_TIMES
from apps.remoteconfig.schema import KEYS, Key

HEAD = f"""# Remote configuration

<!-- Made by `make remote-config-reference` from apps/remoteconfig/schema.py; a test fails when it is not current. -->

Values that change without a deploy. Where several places name a key, the later one in this list wins:

1. the packaged `apps/remoteconfig/defaults.json`, which names every key;
2. the JSON file named in `REMOTE_CONFIG_FILE`;
3. the document in Nacos, from the last time it was good (settings `NACOS_*` in `.env.example`);
4. what staff set in the admin under *Remote configuration*, each change with a reason, its difference, and a way back.

A change is in use in every process within 10 seconds. Nothing is restarted, and no request waits for Nacos; while it
is away, also at a start, its last good document stays, which PostgreSQL keeps. A document with one bad value is refused
as a whole: nothing changes, an error is logged with a sentence for every bad key, and the admin shows it under
*Nacos copies*. Keys nobody knows are ignored, shown there too, and never told to the app. A key that is taken out of a
document has the value of the place below it again.

**Guarded** keys count points. None can become zero, negative or null. One that would become {TOO_MANY_TIMES} times what
it was, or a tenth of it, is refused until it is confirmed: in the admin with a tick, in a document with
`"{CONFIRM}": {{"points_rules.emoji": 2000}}`. That confirms this value of this key only, so it may be left there.

The predecessor's document works as it is: its `banners`, `styles`, `points_rules`, `weekly_reward`, `vip_products` and
`points_packs` have the same names and forms here.
"""


def rendered(defaults: Values) -> str:
    """The whole page; `defaults` by path."""
    sections = groupby(KEYS, key=lambda key: key.path.partition(".")[0])
    return HEAD + "".join("\n" + "\n".join(_section(name, list(keys), defaults)) + "\n" for name, keys in sections)


def _section(name: str, keys: list[Key], defaults: Values) -> Iterator[str]:
    yield f"## {name}\n"
    for key in keys:
        guard = " **Guarded.**" if key.guarded else ""
        yield f"- `{key.path}` — {key.meaning}. Value: {key.kind.described}.{guard} Default: {_default(key, defaults)}"


def _default(key: Key, defaults: Values) -> str:
    return f"`{json.dumps(defaults[key.path], ensure_ascii=False)}`"
