"""Download links: their contents, and that only a complete and unchanged link is valid."""

import secrets
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.digests import Digests
from resolvers.sessions.session_lists import SessionFilter
from resolvers.transfer.exporting.formats import ExportFormat
from resolvers.transfer.exporting.links import BadLink, Link, Selection, decode, encode

DIGESTS = Digests(b"k" * 32)
moments = st.none() | st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC))
text = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)
selections = st.builds(
    Selection,
    format=st.sampled_from(ExportFormat),
    everything=st.booleans(),
    session_ids=st.none()
    | st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)).map(tuple),
    filter=st.none()
    | st.builds(
        SessionFilter,
        status=st.sampled_from([None, "active", "archived"]),
        pinned=st.none() | st.booleans(),
        tag=text,
        title=text,
        since=moments,
        until=moments,
    ),
)
links = st.builds(
    Link,
    uid=st.from_regex(r"[a-z2-7]{32}", fullmatch=True),
    selection=selections,
    issued_at=st.integers(0, 2**52),
    erasure=st.integers(0, 2**52),
)


@settings(max_examples=50, deadline=None)
@given(links)
def test_a_link_carries_its_selection_whole(link: Link) -> None:
    assert decode(encode(link, DIGESTS), DIGESTS) == link


@settings(max_examples=50, deadline=None)
@given(links, st.data())
def test_a_link_with_another_character_anywhere_is_no_link(link: Link, data: st.DataObject) -> None:
    word = encode(link, DIGESTS)
    place = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.sampled_from([c for c in "aA0-_.é" if c != word[place]]))
    with pytest.raises(BadLink):
        decode(word[:place] + other + word[place + 1 :], DIGESTS)


@settings(max_examples=50, deadline=None)
@given(links)
def test_a_link_is_good_where_it_was_made_alone(link: Link) -> None:
    with pytest.raises(BadLink):
        decode(encode(link, Digests(b"another key" * 3)), DIGESTS)


def test_the_longest_selection_is_an_address_that_every_proxy_takes() -> None:
    alphabet = string.ascii_letters + string.digits + "-_"
    ids = tuple("".join(secrets.choice(alphabet) for _ in range(64)) for _ in range(100))
    selection = Selection(format=ExportFormat.MARKDOWN, session_ids=ids)
    link = Link(uid="a" * 32, selection=selection, issued_at=2**51, erasure=2**51)
    assert len(encode(link, DIGESTS)) < 8000
