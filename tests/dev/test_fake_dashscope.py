"""The stand-in for DashScope over its socket: strict when asked, and in trouble when told."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from dev.dashscope_behaviours import cut_short, ends_as, expired, fails, slow, throttles
from dev.dashscope_rules import Rates
from dev.fake_dashscope import CLIP, DETECT, SUBMIT, FakeDashScope
from dev.fake_oss import FakeOss
from dev.loopback_http import loopback_session
from tests.dev.test_dashscope_rules import DETECTION, HEADERS, SUBMISSION


def post(fake: FakeDashScope, path: str, body: Any) -> requests.Response:
    url = fake.url.removesuffix("/api/v1") + path
    return loopback_session().post(url, json=body, headers=HEADERS, timeout=60)


def get(fake: FakeDashScope, path: str) -> requests.Response:
    return loopback_session().get(fake.url + path, headers=HEADERS, timeout=60)


def submitted(fake: FakeDashScope) -> str:
    return str(post(fake, SUBMIT, SUBMISSION).json()["output"]["task_id"])


def test_a_second_submission_in_a_second_is_throttled(start: Callable[..., FakeDashScope]) -> None:
    fake = start(rates=Rates({"submit": 1}))
    statuses = [post(fake, SUBMIT, SUBMISSION).status_code for _ in range(2)]
    assert statuses == [200, 429]
    assert len(fake.submissions) == 1


def test_one_task_runs_and_the_next_is_pending(start: Callable[..., FakeDashScope]) -> None:
    fake = start(run_seconds=60, at_once=1)
    told = [get(fake, f"/tasks/{submitted(fake)}").json()["output"]["task_status"] for _ in range(2)]
    assert told == ["RUNNING", "PENDING"]


def test_the_list_comes_in_pages(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    taken = [submitted(fake) for _ in range(5)]
    window = "start_time=20000101000000&end_time=29990101000000"
    pages = [get(fake, f"/tasks/?{window}&page_size=2&page_no={number}").json() for number in (1, 2, 3)]
    assert [row["task_id"] for page in pages for row in page["data"]] == taken
    assert {page["total_page"] for page in pages} == {3}


def test_a_photo_that_cannot_be_fetched_is_refused(start: Callable[..., FakeDashScope]) -> None:
    oss = FakeOss()
    oss.start()
    gone, nowhere = f"{oss.endpoint}/{oss.bucket}/gone.jpg", "http://127.0.0.1:1/photo.jpg"
    fake = start(fetches_photos=True)
    codes = [post(fake, DETECT, DETECTION | {"input": {"image_url": url}}).json()["code"] for url in (gone, nowhere)]
    oss.stop()
    assert codes == ["InvalidParameter.DataInspection", "InvalidURL.ConnectionRefused"]


def test_trouble_comes_in_the_order_it_was_told(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("detect", throttles(7), fails("Arrearage", "pay", 400), slow(0.01))
    answers = [post(fake, DETECT, DETECTION) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 400, 200]
    assert (answers[0].headers["Retry-After"], answers[1].json()["code"]) == ("7", "Arrearage")


def test_a_task_ends_as_it_is_told(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("ask", ends_as("FAILED", "InternalError.Algo"), ends_as("UNKNOWN"))
    told = [get(fake, "/tasks/x").json()["output"] for _ in range(2)]
    assert [one["task_status"] for one in told] == ["FAILED", "UNKNOWN"]


def test_a_clip_expires_or_breaks_off(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("download", expired, cut_short)
    assert requests.get(f"{fake.clip_url}?signed=1", timeout=60).status_code == 403
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(fake.clip_url, timeout=60)
    assert requests.get(f"{fake.clip_url}?signed=1", timeout=60).status_code == 403
    assert requests.get(f"{fake.clip_url}?signed=2", timeout=60).content == CLIP
