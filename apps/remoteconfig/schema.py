"""Every key of the remote configuration: its kind, its bounds, what it means, and whether its changes are guarded."""

from dataclasses import dataclass

from apps.remoteconfig.kinds import (
    MOST_POINTS,
    Anything,
    Choice,
    Email,
    Flag,
    Kind,
    Label,
    Link,
    Moment,
    OrNull,
    Text,
    Version,
    Whole,
)
from apps.remoteconfig.shapes import ListOf, Localized, MapOf, PartOf, Record, ShortOr

LIFETIME = "lifetime"
POINTS = Whole(1, MOST_POINTS, "points")
REFUND = Choice(("none", "full"))
PLATFORMS = ("ios", "android")
VIP_PRODUCT = Record({"plan": Choice(("weekly", LIFETIME)), "entitlement": Text()}, frozenset({"plan"}))
POINTS_PACK = PartOf(
    Record({"points": POINTS, "bonus_points": Whole(0, MOST_POINTS, "points")}, frozenset({"points"})),
    part="bonus_points",
    whole="points",
)
STYLE = Record({"driven_id": Text()}, frozenset({"driven_id"}))
CATEGORY = Record({"category": Text(), "templates": ListOf(STYLE, 500)}, frozenset({"category", "templates"}))
NOTICE = Record(
    {"id": Text(64), "level": Choice(("info", "warning", "critical")), "text": Localized()},
    frozenset({"id", "level", "text"}),
)


@dataclass(frozen=True)
class Key:
    """`path` is where the value stands in the document. A guarded one counts points: tenfold must be confirmed."""

    path: str
    kind: Kind
    meaning: str
    guarded: bool = False


def _app_keys(platform: str) -> tuple[Key, ...]:
    return (
        Key(
            f"app.{platform}.min_version",
            OrNull(Version(), "every version may be used"),
            "older apps are refused (403 `app_upgrade_required`) but for /config, login, refresh, deletion",
        ),
        Key(f"app.{platform}.latest_version", OrNull(Version(), "not told"), "older apps are offered an update"),
        Key(f"app.{platform}.store_url", OrNull(Link(), "not told"), "where the update is"),
    )


def _limit_keys(who: str, people: str) -> tuple[Key, ...]:
    return (
        Key(f"task_limits.{who}.active", Whole(1, 10_000, "emoji"), f"how many {people} may have in the making"),
        Key(f"task_limits.{who}.daily", Whole(1, 1_000_000, "emoji"), f"how many {people} may order in a day, UTC"),
    )


KEYS: tuple[Key, ...] = (
    Key("points_rules.emoji", POINTS, "what one emoji costs", guarded=True),
    Key(
        "points_rules.emoji_vip",
        OrNull(POINTS, "VIPs pay what all pay"),
        "what one emoji costs a VIP",
        guarded=True,
    ),
    Key("weekly_reward.weekly", POINTS, "what a weekly VIP is given each week", guarded=True),
    Key("weekly_reward.lifetime", POINTS, "what a lifetime VIP is given each week", guarded=True),
    Key("weekly_reward.timezone", Choice(("UTC",)), "the reward's week begins on Sunday 00:00 there"),
    Key(
        "weekly_reward.expires_after_days",
        OrNull(Whole(1, 3650, "days"), "they stay"),
        "how long rewarded points can be spent",
    ),
    Key(
        "vip_products",
        MapOf(ShortOr(VIP_PRODUCT, "plan", {"entitlement": "vip"}), least=1),
        "the store products that make a VIP, by product id",
    ),
    Key(
        "points_packs",
        MapOf(ShortOr(POINTS_PACK, "points", {}), least=1),
        "the points packs that can be bought, by product id; `points` is what a purchase gives, `bonus_points` how many"
        " of them are shown as a present; staff may change single ones in the admin",
        guarded=True,
    ),
    Key("refund_policy.user_input", REFUND, "what is given back when the photo was not usable"),
    Key("refund_policy.provider", REFUND, "what is given back when the provider failed"),
    Key("refund_policy.system", REFUND, "what is given back when we failed"),
    *_app_keys("ios"),
    *_app_keys("android"),
    Key(
        "maintenance.active",
        Flag(),
        "we are away on purpose: the app is told, and its writes are refused (503 `maintenance`); reads work",
    ),
    Key("maintenance.message", OrNull(Localized(), "the app's own words"), "what the app shows meanwhile"),
    Key("maintenance.until", OrNull(Moment(), "unknown"), "when we expect to be back"),
    Key("notices", ListOf(NOTICE, 20), "what the app shows until its user has dismissed it"),
    Key("features", MapOf(Flag(), most=100), "switches of the app, by name"),
    Key("banners", ListOf(Anything(), 50), "shown by the app as they stand"),
    Key("styles", ListOf(CATEGORY, 100), "shown by the app as they stand, with their other fields"),
    Key("polling.min_ms", Whole(1000, 60_000, "milliseconds"), "how often the app may ask about a task at most"),
    Key(
        "polling.max_ms",
        Whole(1000, 300_000, "milliseconds"),
        "how often the app asks about a task at least; never told as less than polling.min_ms",
    ),
    *_limit_keys("free", "who is no VIP"),
    *_limit_keys("vip", "a VIP"),
    Key("detections.daily", Whole(1, 10_000, "checks"), "how many photos one user may have checked in a day, UTC"),
    Key(
        "uploads.daily_megabytes",
        Whole(10, 1_000_000, "megabytes"),
        "how much one user may upload in a day, UTC, by the size that was announced",
    ),
    Key(
        "retention.input_hours",
        Whole(1, 8760, "hours"),
        "how long a photo is kept after the end of the last task that used it",
    ),
    Key("retention.result_days", Whole(1, 3650, "days"), "how long a clip is kept after the end of its task"),
    Key("consent.ai_processing.required", Flag(), "who has not agreed can upload, check and order nothing"),
    Key("consent.ai_processing.version", OrNull(Label(), "there is one version"), "a new one is asked for again"),
    Key("consent.ai_processing.provider", Text(), "who processes the photos"),
    Key("consent.ai_processing.text_url", OrNull(Link(), "the app's own text"), "what the user agrees to"),
    Key("links.privacy", OrNull(Link(), "not shown"), "the privacy policy"),
    Key("links.terms", OrNull(Link(), "not shown"), "the terms of use"),
    Key("links.delete_account", OrNull(Link(), "not shown"), "how to delete an account without the app"),
    Key("links.support_email", OrNull(Email(), "not shown"), "where users write to"),
)
BY_PATH = {key.path: key for key in KEYS}
