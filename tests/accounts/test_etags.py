"""ETags say what an app has seen, and for what a change is meant."""

from apps.accounts import etags

SEEN = etags.etag_of(7, b"body")


def test_another_body_is_another_tag_of_the_same_version() -> None:
    assert SEEN.startswith('W/"7-')
    assert etags.etag_of(7, b"other") != SEEN
    assert etags.versions_in(etags.etag_of(7, b"other")) == {7}


def test_a_change_is_meant_for_the_versions_it_names() -> None:
    assert etags.versions_in("") is None
    assert etags.versions_in("*") is None
    assert etags.versions_in(SEEN) == {7}
    assert etags.versions_in(f"{SEEN}, {etags.etag_of(9, b'')}") == {7, 9}
    assert etags.versions_in('"rubbish"') == set()
