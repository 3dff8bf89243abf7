"""What the app makes of the server's refusals."""

import requests

from dev.mobile_app import Refused


def answer(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content, response.reason = status, body, "Bad Gateway"
    response.request = requests.Request("GET", "http://127.0.0.1:1/api/v1/points/balance").prepare()
    return response


def test_a_problem_is_told_with_its_code_and_sentence() -> None:
    refused = Refused(answer(402, b'{"code": "insufficient_points", "detail": "You have 4."}'))
    assert refused.code == "insufficient_points"
    assert str(refused) == "GET /api/v1/points/balance answered 402 insufficient_points: You have 4."


def test_an_answer_that_is_no_problem_is_told_too() -> None:
    refused = Refused(answer(502, b"<html>"))
    assert refused.code == ""
    assert "502" in str(refused)
