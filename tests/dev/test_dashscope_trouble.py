"""The stand-in for DashScope at its worst."""

from collections.abc import Callable

import pytest
import requests

from dev import dashscope_trouble
from dev.dashscope_trouble import announces, as_usual, gone, hangs, says, sends_elsewhere, tells_of_another, without_end
from dev.fake_dashscope import DETECT, SUBMIT, Behaviour, FakeDashScope
from dev.loopback_http import loopback_session
from tests.dev.test_dashscope_rules import DETECTION, HEADERS, SUBMISSION
from tests.dev.test_fake_dashscope import get, post, submitted


def test_rubbish_tells_nobody_how_far_a_task_is(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    for name, behaviour in dashscope_trouble.RUBBISH.items():
        fake.next("ask", behaviour)
        answer = get(fake, "/tasks/x")
        assert b"RUNNING" not in answer.content, name
    assert fake.misfortune.left() == []


def test_it_hangs(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("detect", hangs)
    url = fake.url.removesuffix("/api/v1") + DETECT
    with pytest.raises(requests.Timeout):
        loopback_session().post(url, json=DETECTION, headers=HEADERS, timeout=0.3)


@pytest.mark.parametrize(
    ("behaviour", "status"), [(gone, 404), (sends_elsewhere("http://169.254.169.254/"), 302)], ids=["gone", "elsewhere"]
)
def test_a_clip_is_not_where_it_was_said_to_be(
    start: Callable[..., FakeDashScope], behaviour: Behaviour, status: int
) -> None:
    fake = start()
    fake.next("download", behaviour)
    assert loopback_session().get(fake.clip_url, allow_redirects=False, timeout=60).status_code == status


def test_more_is_announced_than_comes(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("download", announces(2 * 1024**3))
    with loopback_session().get(fake.clip_url, stream=True, timeout=60) as answer:
        assert answer.headers["Content-Length"] == str(2 * 1024**3)


def test_more_comes_than_was_announced(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    fake.next("download", without_end(2, begins=b"ftyp"))
    answer = loopback_session().get(fake.clip_url, timeout=60)
    assert "Content-Length" not in answer.headers
    assert len(answer.content) == 2 * 1024**2 + 4


def test_it_tells_of_another_task(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    ours, theirs = submitted(fake), submitted(fake)
    fake.next("ask", tells_of_another, says("RUNNING"), as_usual)
    told = [get(fake, f"/tasks/{ours}").json()["output"] for _ in range(3)]
    assert [one["task_id"] for one in told] == [theirs, ours, ours]
    assert [one["task_status"] for one in told] == ["SUCCEEDED", "RUNNING", "SUCCEEDED"]


def test_trouble_may_be_meant_for_one_photo(start: Callable[..., FakeDashScope]) -> None:
    fake = start()
    photo = {"image_url": "https://photos.example/photos/7/1.jpg"}
    submission = SUBMISSION | {"input": SUBMISSION["input"] | photo}
    ours = post(fake, SUBMIT, submission).json()["output"]["task_id"]
    fake.next("ask", says("PENDING"), of="photos/7/")
    fake.next("download", gone, of="photos/7/")
    assert get(fake, f"/tasks/{submitted(fake)}").json()["output"]["task_status"] == "SUCCEEDED"
    assert [get(fake, f"/tasks/{ours}").json()["output"]["task_status"] for _ in range(2)] == ["PENDING", "SUCCEEDED"]
    assert loopback_session().get(f"{fake.clip_url}?of={ours}", timeout=60).status_code == 404
    assert len(fake.submissions_of("photos/7/")) == 1
