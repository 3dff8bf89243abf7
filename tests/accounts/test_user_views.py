"""The profile, and what may be changed of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import ConsentRecord, User
from apps.accounts.vip import Vip

PROFILE = "/api/v1/user/profile"
CONSENT = "/api/v1/user/consents/ai_processing"


def change(app: APIClient, body: Any, **headers: str) -> Any:
    return app.patch(PROFILE, body, format="json", headers=headers)


class TestTheProfile:
    def test_shows_what_the_contract_names_and_nothing_more(self, app: APIClient, user: User) -> None:
        body = app.get(PROFILE).json()
        assert set(body) == {
            "id",
            "nickname",
            "avatar_url",
            "locale",
            "timezone",
            "created_at",
            "is_anonymous",
            "billing_user_id",
            "vip",
            "points",
            "consents",
            "version",
        }
        assert (body["id"], body["is_anonymous"], body["version"]) == (str(user.id), True, 1)

    def test_is_not_sent_again_to_who_has_it(self, app: APIClient) -> None:
        first = app.get(PROFILE)
        assert first["Cache-Control"] == "private, no-cache"
        again = app.get(PROFILE, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])

    def test_is_sent_again_when_points_came(self, app: APIClient, user: User, give_points: Any) -> None:
        seen = app.get(PROFILE)["ETag"]
        give_points(user, 5)
        assert app.get(PROFILE, headers={"If-None-Match": seen}).json()["points"] == {"balance": 5}

    @pytest.mark.parametrize("days", [-1, 1])
    def test_tells_until_when_somebody_is_or_was_vip(self, app: APIClient, user: User, days: int) -> None:
        end = timezone.now() + timedelta(days=days)
        vip.write(user.id, Vip(end))
        told = app.get(PROFILE).json()["vip"]
        assert (told["is_vip"], datetime.fromisoformat(told["expires_at"]).date()) == (days > 0, end.date())

    def test_tells_no_end_of_a_lifetime_after_a_subscription(self, app: APIClient, user: User) -> None:
        vip.write(user.id, Vip(timezone.now() - timedelta(days=1), is_lifetime=True))
        told = app.get(PROFILE).json()["vip"]
        assert (told["is_vip"], told["is_lifetime"], told["expires_at"]) == (True, True, None)


class TestAChange:
    def test_changes_what_is_named_and_leaves_the_rest(self, app: APIClient) -> None:
        change(app, {"nickname": " Ming ", "timezone": "Asia/Shanghai"})
        answer = change(app, {"locale": "zh-hans"})
        assert answer.status_code == 200
        body = app.get(PROFILE).json()
        assert answer.json() == body
        assert (body["nickname"], body["locale"], body["timezone"], body["version"]) == (
            "Ming",
            "zh-Hans",
            "Asia/Shanghai",
            3,
        )

    def test_null_clears(self, app: APIClient) -> None:
        change(app, {"nickname": "Ming", "timezone": "Asia/Shanghai", "locale": "ja"})
        body = change(app, {"nickname": None, "timezone": None, "locale": None}).json()
        assert (body["nickname"], body["locale"], body["timezone"]) == ("", "en", "UTC")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"nickname": ""}, "/nickname"),
            ({"nickname": "x" * 33}, "/nickname"),
            ({"nickname": "\u202ex"}, "/nickname"),
            ({"nickname": ["x"]}, "/nickname"),
            ({"locale": "klingon"}, "/locale"),
            ({"timezone": "Mars/Olympus"}, "/timezone"),
            ({"timezone": 8}, "/timezone"),
            (["nickname"], "/"),
        ],
        ids=str,
    )
    def test_a_wrong_value_is_named(self, app: APIClient, body: Any, pointer: str) -> None:
        answer = change(app, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert answer.json()["errors"][0]["pointer"] == pointer

    @pytest.mark.parametrize(
        "name",
        ["id", "avatar_url", "points", "vip", "billing_user_id", "created_at", "consents", "is_anonymous", "version"],
    )
    def test_what_can_only_be_read_is_refused_as_such(self, app: APIClient, name: str) -> None:
        answer = change(app, {"nickname": "Ming", name: "x"})
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"code": "read_only", "pointer": f"/{name}", "message": "This cannot be changed here."}
        ]
        assert app.get(PROFILE).json()["nickname"] == ""

    def test_no_other_column_can_be_written(self, app: APIClient, user: User) -> None:
        shown = {"id", "points", "vip", "billing_user_id", "created_at", "nickname", "locale", "timezone"}
        columns = {field.name for field in User._meta.get_fields()} - shown
        before = model_to_dict(User.objects.get(id=user.id))
        answer = change(app, {"unknown": 1} | dict.fromkeys(columns, "1"))
        assert answer.status_code == 200
        assert model_to_dict(User.objects.get(id=user.id)) == before

    def test_for_an_older_version_is_refused(self, app: APIClient) -> None:
        seen = app.get(PROFILE)["ETag"]
        assert change(app, {"nickname": "Ming"}, **{"If-Match": seen}).status_code == 200
        answer = change(app, {"nickname": "Ling"}, **{"If-Match": seen})
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
        assert change(app, {"nickname": "Ling"}, **{"If-Match": "*"}).status_code == 200

    def test_is_not_refused_because_points_came(self, app: APIClient, user: User, give_points: Any) -> None:
        seen = app.get(PROFILE)["ETag"]
        give_points(user, 5)
        assert change(app, {"nickname": "Ming"}, **{"If-Match": seen}).status_code == 200

    def test_markup_is_only_text(self, app: APIClient) -> None:
        assert change(app, {"nickname": "<b>Ming</b>"}).json()["nickname"] == "<b>Ming</b>"


class TestConsents:
    def test_a_decision_is_answered_listed_and_shown_in_the_profile(self, app: APIClient) -> None:
        answer = app.put(CONSENT, {"version": "2026-01", "granted": True}, format="json")
        assert answer.status_code == 200
        decision = answer.json()
        assert (decision["purpose"], decision["version"], decision["granted"]) == ("ai_processing", "2026-01", True)
        assert app.get("/api/v1/user/consents").json() == {"items": [decision]}
        del decision["purpose"]
        assert app.get(PROFILE).json()["consents"] == {"ai_processing": decision}

    def test_a_withdrawal_is_a_record_of_its_own_with_the_apps_version(self, app: APIClient) -> None:
        for granted in (True, False):
            app.put(CONSENT, {"version": "2026-01", "granted": granted}, format="json")
        records = ConsentRecord.objects.order_by("id").values_list("granted", "app_version")
        assert list(records) == [(True, "1.0.0"), (False, "1.0.0")]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"version": "2026-01"},
            {"granted": True},
            {"version": "2026-01", "granted": "yes"},
            {"version": "2026-01", "granted": 1},
            {"version": "2026-01", "granted": None},
            {"version": "", "granted": True},
            {"version": "a b", "granted": True},
            {"version": "x" * 33, "granted": True},
        ],
        ids=str,
    )
    def test_nothing_but_a_clear_decision_counts(self, app: APIClient, body: dict[str, Any]) -> None:
        assert app.put(CONSENT, body, format="json").status_code == 422
        assert not ConsentRecord.objects.exists()

    def test_an_unknown_purpose_is_not_found(self, app: APIClient) -> None:
        answer = app.put("/api/v1/user/consents/world_peace", {"version": "1", "granted": True}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_new_user_takes_over_the_phones_locale_and_time_zone(db: None, anonymous: APIClient) -> None:
    body = {
        "device_id": "phone-of-somebody-in-shanghai",
        "platform": "ios",
        "app_version": "1.0.0",
        "locale": "zh_Hans_CN",
        "timezone": "Asia/Shanghai",
    }
    user = anonymous.post("/api/v1/auth/login", body, format="json").json()["user"]
    assert (user["locale"], user["timezone"]) == ("zh-Hans-CN", "Asia/Shanghai")


def test_a_locale_nobody_knows_keeps_nobody_out(db: None, anonymous: APIClient) -> None:
    body = {"device_id": "phone-of-somebody-on-mars", "platform": "ios", "app_version": "1.0.0"}
    answer = anonymous.post("/api/v1/auth/login", body | {"locale": "x", "timezone": "Mars"}, format="json")
    assert (answer.json()["user"]["locale"], answer.json()["user"]["timezone"]) == ("en", "UTC")
