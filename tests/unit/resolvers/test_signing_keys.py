"""Values given to callers are signed with separate, replaceable keys, which do not affect stored values."""

import hmac
import json

import pytest

from recollect.identity import Unauthenticated, build_guest_tokens, load_id_key, load_signing_keys
from recollect.settings.settings import Settings
from resolvers.digests import Digests, derived_key
from resolvers.errors import Refused
from resolvers.pagination import Cursors
from resolvers.transfer.exporting.formats import ExportFormat
from resolvers.transfer.exporting.links import BadLink, Link, Selection, decode, encode

ID_KEY, OLD, NEW = b"i" * 32, b"o" * 32, b"n" * 32
LINK = Link(uid="u", selection=Selection(format=ExportFormat.JSON), issued_at=1, erasure=0)


def accepted(made_by: Digests, read_by: Digests) -> bool:
    """Whether cursors and links of one installation are valid at another; either both are or neither is."""
    cursor, link = Cursors(made_by, "list").encode([1, "a"]), encode(LINK, made_by)
    try:
        assert Cursors(read_by, "list").decode(cursor, "after") == (1, "a")
    except Refused:
        with pytest.raises(BadLink):
            decode(link, read_by)
        return False
    assert decode(link, read_by) == LINK
    return True


def test_a_replaced_key_is_accepted_as_long_as_it_is_listed() -> None:
    old, both, new = (Digests(ID_KEY, keys) for keys in ([OLD], [NEW, OLD], [NEW]))

    assert accepted(old, both)
    assert accepted(both, new)
    assert not accepted(old, new)
    assert not accepted(both, old)


def test_the_keys_of_the_id_key_are_good_until_they_are_not_listed() -> None:
    unset, bridging, new = (Digests(ID_KEY, keys) for keys in ([], [NEW, ID_KEY], [NEW]))

    assert accepted(unset, bridging)
    assert not accepted(unset, new)


def test_what_an_earlier_release_signed_with_the_id_key_itself_is_still_good() -> None:
    def tag(purpose: str, value: object) -> str:
        text = json.dumps([purpose, value], separators=(",", ":"), sort_keys=True)
        return hmac.digest(ID_KEY, text.encode(), "sha256").hex()

    for keys, good in (([], True), ([NEW, ID_KEY], True), ([NEW], False)):
        digests = Digests(ID_KEY, keys)
        assert digests.is_link_tag(tag("link", "claims"), "claims") is good
        early = tag("cursor", ["list", [1]])[:12]
        assert digests.is_cursor_tag(early, "list", [1]) is good


def test_another_signing_key_changes_nothing_that_is_stored() -> None:
    one, other = Digests(ID_KEY), Digests(ID_KEY, [NEW])

    assert one.session_id("u", "c") == other.session_id("u", "c")
    assert one.user_key("u") == other.user_key("u")
    assert one.imported_id("u", ["a"]) == other.imported_id("u", ["a"])
    assert one.fingerprint("q") == other.fingerprint("q")


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {
        derived_key(key, purpose) for key in (OLD, NEW) for purpose in ("guest", "cursor", "link")
    }

    assert len({*keys, OLD, NEW}) == 8


def test_guests_tokens_outlive_a_replaced_key_and_their_users_stay_the_same() -> None:
    def tokens(keys: str) -> "Settings":
        return Settings(guests=True, id_key=ID_KEY.decode(), signing_keys=keys)

    unset, bridging, new = (
        build_guest_tokens(tokens(keys), ID_KEY)
        for keys in ("id-key", f"{NEW.decode()},id-key", NEW.decode())
    )
    token = unset.issue().token

    assert bridging.viewer(token).uid == unset.viewer(token).uid
    with pytest.raises(Unauthenticated):
        new.viewer(token)
    assert new.viewer(bridging.issue().token).is_guest


def test_a_signing_key_is_long_and_is_not_shown() -> None:
    settings = Settings(id_key=ID_KEY.decode(), signing_keys=f"{NEW.decode()}, id-key")

    assert load_signing_keys(settings, load_id_key(settings)) == (NEW, ID_KEY)
    assert NEW.decode() not in repr(settings)
