"""The real client, over a socket, against a provider that answers with the vendor's own bodies or not at all."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.emoji.dashscope import DashScope
from apps.emoji.provider import FaceBoxes, Fault, Page, Photo, Progress, ProviderError, Retry, Status, Window
from dev.dashscope_behaviours import answers, drips, hangs_up, holds, loses_the_answer, tells
from dev.fake_dashscope import CLIP, Behaviour, FakeDashScope
from tests.conftest import PAYLOADS

BODIES = PAYLOADS / "dashscope"
INDEX = {entry["file"]: entry for entry in json.loads((BODIES / "index.json").read_text())["files"]}
PHOTO = Photo("photos/1.jpg", "https://photos.example/1.jpg?signature=x")
BOXES = FaceBoxes((212, 194, 460, 441), (63, 30, 609, 575))


def body(name: str) -> Behaviour:
    """One of the vendor's sample bodies, with its status."""
    return tells(json.loads((BODIES / name).read_text()), INDEX[name]["http_status"] or 200)


@pytest.fixture
def fake() -> Iterator[FakeDashScope]:
    fake = FakeDashScope()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def dashscope(fake: FakeDashScope) -> DashScope:
    return client(fake.url)


@pytest.fixture
def hurried(fake: FakeDashScope) -> DashScope:
    """For answers that do not come, or not to an end."""
    return client(fake.url, silence=0.5, seconds=1)


def client(url: str, silence: float = 60, seconds: float = 60) -> DashScope:
    """It has time, so that a slow machine is none of the provider's troubles."""
    return DashScope(
        "test-key",
        url,
        "127.0.0.1",
        connect_timeout=60,
        read_timeout=silence,
        call_timeout=seconds,
        download_timeout=seconds,
    )


def error_of(call: Any, *arguments: Any) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        call(*arguments)
    return raised.value


class TestDetect:
    def test_a_good_photo_brings_both_boxes(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("detect", body("detect_success.json"))
        assert dashscope.detect(PHOTO) == BOXES

    def test_the_request_is_the_documented_one(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        documented = json.loads((BODIES / "detect_request.json").read_text())
        dashscope.detect(Photo("key", documented["input"]["image_url"]))
        assert fake.calls[0].body == documented
        assert fake.calls[0].headers["Authorization"] == "Bearer test-key"

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("detect_failed_no_human.json", "photo_no_face"),
            ("detect_failed_multi_human.json", "photo_many_faces"),
            ("detect_failed_full_face.json", "photo_face_covered"),
            ("detect_failed_face_pose.json", "photo_head_tilt"),
            ("detect_failed_body_proportion.json", "photo_too_small"),
            ("detect_failed_resolution.json", "photo_too_small"),
            ("detect_failed_http400_output_variant.json", "photo_no_face"),
            ("detect_failed_http400_toplevel_variant.json", "photo_no_face"),
            ("error_data_inspection_failed_400.json", "photo_blocked"),
            ("detect_request_invalid_parameter.json", "provider_rejected"),
            ("error_invalid_api_key_401.json", "provider_unavailable"),
            ("error_no_api_key_401.json", "provider_unavailable"),
            ("error_access_denied_403.json", "provider_unavailable"),
            ("error_model_not_found_404.json", "provider_unavailable"),
            ("error_arrearage_400.json", "provider_unavailable"),
            ("error_postpaid_overdue_429.json", "provider_unavailable"),
        ],
    )
    def test_a_refusal_is_final_and_has_our_code(
        self, fake: FakeDashScope, dashscope: DashScope, name: str, code: str
    ) -> None:
        fake.next("detect", body(name))
        error = error_of(dashscope.detect, PHOTO)
        assert (error.code, error.retry, error.outcome_unknown) == (code, Retry.NEVER, False)

    @pytest.mark.parametrize(
        "name",
        [
            "error_throttled_429.json",
            "error_throttling_plain_429.json",
            "error_internal_500.json",
            "error_model_serving_503.json",
        ],
    )
    def test_what_passes_is_tried_again(self, fake: FakeDashScope, dashscope: DashScope, name: str) -> None:
        fake.next("detect", body(name))
        assert error_of(dashscope.detect, PHOTO).retry == Retry.LATER
        assert dashscope.detect(PHOTO).face == BOXES.face

    def test_the_vendors_wish_to_wait_is_heard(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("detect", answers({"code": "Throttling", "message": ""}, 429, {"Retry-After": "7"}))
        assert error_of(dashscope.detect, PHOTO).retry_after_seconds == 7

    @pytest.mark.parametrize(
        "rubbish",
        [
            b"",
            b"null",
            b"[]",
            b"<html>",
            b"\xff\xfe",
            {"output": None},
            {"output": {"bbox_face": [1, 2]}},
            {"output": []},
        ],
        ids=str,
    )
    def test_rubbish_is_tried_again(self, fake: FakeDashScope, dashscope: DashScope, rubbish: Any) -> None:
        fake.next("detect", answers(rubbish))
        error = error_of(dashscope.detect, PHOTO)
        assert (error.code, error.retry) == ("provider_failed", Retry.LATER)

    def test_an_answer_without_end_is_cut_off(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("detect", answers(b" " * (1024 * 1024 + 1)))
        assert error_of(dashscope.detect, PHOTO).retry == Retry.LATER

    @pytest.mark.parametrize(
        "behaviour", [hangs_up, drips, holds(threading.Event())], ids=["hangs up", "drips", "hangs"]
    )
    def test_no_whole_answer_is_tried_again(
        self, fake: FakeDashScope, hurried: DashScope, behaviour: Behaviour
    ) -> None:
        fake.next("detect", behaviour)
        assert error_of(hurried.detect, PHOTO).retry == Retry.LATER

    def test_a_redirect_is_not_followed(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("detect", answers(b"", 302, {"Location": fake.clip_url}))
        error_of(dashscope.detect, PHOTO)
        assert [call.operation for call in fake.calls] == ["detect"]


class TestSubmit:
    def test_brings_the_providers_task_id(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("submit", body("synth_accepted.json"))
        assert dashscope.submit(PHOTO, "mengwa_kaixin", BOXES) == "0385dc79-5ff8-4d82-bcb6-xxxxxx"

    def test_the_request_is_the_documented_one(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        documented = json.loads((BODIES / "synth_request.json").read_text())
        dashscope.submit(Photo("key", documented["input"]["image_url"]), documented["input"]["driven_id"], BOXES)
        assert fake.calls[0].body == documented
        assert fake.calls[0].headers["X-DashScope-Async"] == "enable"

    @pytest.mark.parametrize(
        ("name", "code", "retry"),
        [
            ("synth_error_driven_not_exist.json", "provider_rejected", Retry.NEVER),
            ("synth_error_invalid_ext_bbox.json", "provider_rejected", Retry.NEVER),
            ("synth_error_missing_field.json", "provider_rejected", Retry.NEVER),
            ("error_sync_not_supported_403.json", "provider_unavailable", Retry.NEVER),
            ("error_invalid_url_400.json", "provider_failed", Retry.ONCE),
            ("error_throttled_429.json", "provider_rate_limited", Retry.LATER),
            ("error_internal_500.json", "provider_unavailable", Retry.LATER),
        ],
    )
    def test_a_refusal_took_nothing(
        self, fake: FakeDashScope, dashscope: DashScope, name: str, code: str, retry: Retry
    ) -> None:
        fake.next("submit", body(name))
        error = error_of(dashscope.submit, PHOTO, "mengwa_kaixin", BOXES)
        assert (error.code, error.retry, error.outcome_unknown) == (code, retry, False)
        assert error.broke_down == ("500" in name)

    @pytest.mark.parametrize(
        "behaviour",
        [
            loses_the_answer,
            drips,
            holds(threading.Event()),
            answers(b"<html>"),
            answers({"output": {}}),
            answers(b"", 502),
            answers({"code": "GatewayTimeout", "message": "upstream request timeout"}, 504),
            answers({"code": "RequestTimeOut", "message": "Request timed out, please try again later."}, 500),
        ],
        ids=["lost", "drips", "hangs", "garbage", "no id", "bad gateway", "gateway's words", "told time-out"],
    )
    def test_without_a_whole_answer_the_task_may_exist(
        self, fake: FakeDashScope, hurried: DashScope, behaviour: Behaviour
    ) -> None:
        fake.next("submit", behaviour)
        assert error_of(hurried.submit, PHOTO, "mengwa_kaixin", BOXES).outcome_unknown

    @pytest.mark.parametrize("words", [b"", b"<html>", b"[]", {"message": "slow down"}], ids=str)
    def test_what_is_turned_away_for_its_haste_was_not_taken_whatever_the_words(
        self, fake: FakeDashScope, dashscope: DashScope, words: Any
    ) -> None:
        fake.next("submit", answers(words, 429, {"Retry-After": "7"}))
        error = error_of(dashscope.submit, PHOTO, "mengwa_kaixin", BOXES)
        assert (error.code, error.fault, error.outcome_unknown) == ("provider_rate_limited", Fault.THROTTLED, False)
        assert error.retry_after_seconds == 7

    def test_when_nobody_listens_nothing_was_sent(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        error = error_of(client(f"http://127.0.0.1:{port}/api/v1").submit, PHOTO, "mengwa_kaixin", BOXES)
        assert (error.code, error.retry, error.outcome_unknown) == ("provider_unavailable", Retry.LATER, False)

    @pytest.mark.parametrize("url", ["http://nobody.invalid/api/v1", "https://127.0.0.1:{port}/api/v1"])
    def test_without_a_name_or_without_tls_nothing_was_sent(self, fake: FakeDashScope, url: str) -> None:
        error = error_of(client(url.format(port=fake.port)).detect, PHOTO)
        assert (error.code, error.retry) == ("provider_unavailable", Retry.LATER)
        assert fake.calls == []


class TestAsk:
    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("task_pending.json", Status.PENDING),
            ("task_running.json", Status.RUNNING),
            ("task_succeeded.json", Status.SUCCEEDED),
            ("task_succeeded_results_variant.json", Status.SUCCEEDED),
        ],
    )
    def test_tells_how_far_it_is(self, fake: FakeDashScope, dashscope: DashScope, name: str, status: Status) -> None:
        fake.next("ask", body(name))
        progress = dashscope.ask("some-id")
        assert progress.status == status
        assert bool(progress.result_url) == (status == Status.SUCCEEDED)

    def test_a_status_nobody_has_heard_of_is_no_end(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("ask", answers({"output": {"task_id": "x", "task_status": "POST-PROCESSING"}}))
        assert dashscope.ask("x").status == Status.RUNNING

    @pytest.mark.parametrize(
        ("name", "code", "retry"),
        [
            ("task_failed.json", "provider_rejected", Retry.NEVER),
            ("task_failed_data_inspection.json", "photo_blocked", Retry.NEVER),
            ("task_failed_internal_algo.json", "provider_failed", Retry.NEVER),
            ("task_failed_internal_timeout.json", "provider_failed", Retry.NEVER),
            ("task_canceled.json", "provider_failed", Retry.NEVER),
            ("task_unknown.json", "provider_failed", Retry.LATER),
            ("error_throttled_429.json", "provider_rate_limited", Retry.LATER),
        ],
    )
    def test_tells_why_it_failed(
        self, fake: FakeDashScope, dashscope: DashScope, name: str, code: str, retry: Retry
    ) -> None:
        fake.next("ask", body(name))
        error = error_of(dashscope.ask, "some-id")
        assert (error.code, error.retry) == (code, retry)

    def test_an_answer_about_another_task_is_none(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        told = {"task_id": "another", "task_status": "SUCCEEDED", "video_url": fake.clip_url}
        fake.next("ask", answers({"output": told}))
        assert error_of(dashscope.ask, "x").retry == Retry.LATER

    def test_success_without_an_address_is_asked_again(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("ask", answers({"output": {"task_id": "x", "task_status": "SUCCEEDED"}}))
        assert error_of(dashscope.ask, "x").retry == Retry.LATER


class TestList:
    def test_tells_what_was_taken_in_the_window_oldest_first(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        taken = [dashscope.submit(PHOTO, "mengwa_kaixin", BOXES) for _ in range(2)]
        now = datetime.now(UTC)
        minute = timedelta(minutes=1)
        assert dashscope.list_page(Window(now - minute, now + minute), 1) == Page(taken, is_last=True)
        assert dashscope.list_page(Window(now - 3 * minute, now - 2 * minute), 1) == Page([], is_last=True)

    def test_tells_who_is_in_one_status(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.run_seconds = 60
        taken = dashscope.submit(PHOTO, "mengwa_kaixin", BOXES)
        now = datetime.now(UTC)
        around = (now - timedelta(minutes=1), now + timedelta(minutes=1))
        assert dashscope.list_page(Window(*around, Status.RUNNING), 1).provider_task_ids == [taken]
        assert dashscope.list_page(Window(*around, Status.PENDING), 1).provider_task_ids == []

    def test_asks_in_beijing_time_for_our_model(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        fake.next("list", body("task_list.json"))
        evening = datetime(2026, 11, 23, 17, tzinfo=UTC)
        found = dashscope.list_page(Window(evening, evening + timedelta(hours=1)), 1)
        assert found.provider_task_ids == ["b56f509a-3ea9-4cfe-848d-xxxxxxx"]
        assert fake.calls[0].query == {
            "start_time": "20261124010000",
            "end_time": "20261124020000",
            "model_name": "emoji-v1",
            "page_no": "1",
            "page_size": "100",
        }

    def test_tells_whether_more_pages_follow(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        pages = [{"total_page": 2, "data": [{"task_id": name, "gmt_create": at}]} for name, at in (("b", 2), ("a", 1))]
        fake.next("list", *[answers(page) for page in pages])
        now = datetime.now(UTC)
        assert dashscope.list_page(Window(now, now), 1) == Page(["b"], is_last=False)
        assert dashscope.list_page(Window(now, now), 2) == Page(["a"], is_last=True)

    @pytest.mark.parametrize(
        "rubbish", [{"data": 5}, {"total_page": "x"}, {"data": [{"task_id": "a", "gmt_create": "x"}]}], ids=str
    )
    def test_rubbish_is_no_list(self, fake: FakeDashScope, dashscope: DashScope, rubbish: Any) -> None:
        fake.next("list", answers(rubbish))
        now = datetime.now(UTC)
        assert error_of(dashscope.list_page, Window(now, now), 1).code == "provider_failed"


class TestDownload:
    def test_brings_the_clip_and_what_it_is(self, fake: FakeDashScope, dashscope: DashScope) -> None:
        clip = dashscope.download(Progress(Status.SUCCEEDED, fake.clip_url))
        assert (clip.content, clip.content_type) == (CLIP, "video/mp4")

    @pytest.mark.parametrize(
        "behaviour",
        [answers(b""), answers(b"<html>not a clip</html>"), answers(CLIP, 404), answers(CLIP, 302), hangs_up, drips],
        ids=["empty", "a page", "gone", "elsewhere", "hangs up", "drips"],
    )
    def test_what_is_no_clip_is_not_taken(self, fake: FakeDashScope, hurried: DashScope, behaviour: Behaviour) -> None:
        fake.next("download", behaviour)
        error = error_of(hurried.download, Progress(Status.SUCCEEDED, fake.clip_url))
        assert (error.code, error.retry) == ("result_unavailable", Retry.LATER)

    @pytest.mark.parametrize(
        "url",
        [
            "http://evil-aliyuncs.com/clip.mp4",
            "http://x.aliyuncs.com.evil.example/clip.mp4",
            "http://user@x.aliyuncs.com/clip.mp4",
            "http://169.254.169.254/clip.mp4",
            "http://bucket.oss-cn-shanghai-internal.aliyuncs.com/clip.mp4",
            "http://bucket.vpc100-oss-cn-shanghai.aliyuncs.com/clip.mp4",
            "http://127.0.0.1\\.aliyuncs.com/clip.mp4",
            "http://x.aliyuncs.com:6379/clip.mp4",
            "https://x.aliyuncs.com:80/clip.mp4",
            "http://[::1.aliyuncs.com/clip.mp4",
            "ftp://x.aliyuncs.com/clip.mp4",
            "file:///etc/passwd",
        ],
    )
    def test_only_the_vendors_hosts_are_asked(self, url: str) -> None:
        dashscope = DashScope("key", "http://127.0.0.1:1", ".aliyuncs.com")
        error = error_of(dashscope.download, Progress(Status.SUCCEEDED, url))
        assert (error.code, error.retry) == ("result_unavailable", Retry.NEVER)

    def test_a_name_of_the_vendors_that_leads_into_our_network_is_told_nothing(
        self, fake: FakeDashScope, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", urlsplit(fake.url).port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [ours])
        dashscope = DashScope("key", "http://127.0.0.1:1", ".aliyuncs.com")
        error = error_of(dashscope.download, Progress(Status.SUCCEEDED, "http://x.alb.aliyuncs.com/clip.mp4"))
        assert error.code == "result_unavailable"
        assert fake.calls == []
