"""Every app that keeps something of a user has registered its part."""

from apps.accounts import erasure


def test_the_apps_have_registered_their_parts() -> None:
    assert set(erasure.parts()) == {
        "the avatar",
        "photos and clips",
        "purchase events",
        "the customer at RevenueCat",
        "the log of the admin",
    }
