"""Authenticator apps and we agree on the code."""

import base64

import pytest

from apps.staff import totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("moment", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """RFC 6238, appendix B: the last six of its eight digits."""
    assert totp.code_at(SECRET, totp.step_at(moment)) == code


@pytest.mark.parametrize(("off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(off: int, is_taken: bool) -> None:
    step = totp.step_at(1_000_000)
    assert (totp.matching_step(SECRET, totp.code_at(SECRET, step + off), 1_000_000, after=0) is not None) == is_taken


def test_a_code_that_was_used_and_older_ones_are_refused() -> None:
    step = totp.step_at(1_000_000)
    for older in (step - 1, step):
        assert totp.matching_step(SECRET, totp.code_at(SECRET, older), 1_000_000, after=step) is None
    assert totp.matching_step(SECRET, totp.code_at(SECRET, step + 1), 1_000_000, after=step) == step + 1


@pytest.mark.parametrize("nonsense", ["", "28708", "2870820", "abcdef", "\uff12\uff18\uff17\uff10\uff18\uff12"])
def test_what_is_no_code_is_refused(nonsense: str) -> None:
    assert totp.matching_step(SECRET, nonsense, 59, after=0) is None


def test_the_qr_code_names_us_the_account_and_the_secret() -> None:
    uri = totp.provisioning_uri(SECRET, "ann lee", "PicKitchen")
    secret = base64.b32encode(SECRET).decode().rstrip("=")
    assert uri == f"otpauth://totp/PicKitchen%3Aann%20lee?secret={secret}&issuer=PicKitchen"
