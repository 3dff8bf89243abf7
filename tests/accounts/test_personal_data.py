"""Every app that keeps something of a user hands it out."""

from apps.accounts import personal_data


def test_the_apps_have_registered_their_parts() -> None:
    assert set(personal_data.parts()) == {
        "profile",
        "devices",
        "sessions",
        "consents",
        "deletions",
        "ledger",
        "tasks",
        "photos",
        "photo_checks",
        "reports",
        "orders",
        "subscriptions",
        "purchase_events",
    }
