"""ETags say what an app has seen, and for what a change is meant."""

from apps.accounts import etags

SEEN = etags.etag_of(7, b"body")


def test_the_same_body_is_fresh_in_every_spelling() -> None:
    assert SEEN.startswith('W/"7-')
    for sent in (SEEN, SEEN.removeprefix("W/"), f'"other", {SEEN}', "*"):
        assert etags.is_fresh(SEEN, sent)


def test_another_body_or_none_is_not_fresh() -> None:
    for sent in ("", "rubbish", etags.etag_of(7, b"other"), etags.etag_of(8, b"body")):
        assert not etags.is_fresh(SEEN, sent)


def test_a_change_is_meant_for_the_versions_it_names() -> None:
    assert etags.versions_in("") is None
    assert etags.versions_in("*") is None
    assert etags.versions_in(SEEN) == {7}
    assert etags.versions_in(f"{SEEN}, {etags.etag_of(9, b'')}") == {7, 9}
    assert etags.versions_in('"rubbish"') == set()
