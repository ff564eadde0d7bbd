"""Two spellings of an address belong to one person only if no issuer distinguishes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect.email_addresses import MAX_EMAIL_LENGTH, NotAnAddress, normalise_email


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("Someone@Example.COM", "someone@example.com"),
        (" someone@example.com\t", "someone@example.com"),
        ("Zo\u00eb@example.com", "zo\u00eb@example.com"),
        ("zoe\u0308@example.com", "zo\u00eb@example.com"),
        ("a@B\u00dcCHER.example", "a@b\u00fccher.example"),
        ("o'hara+tag/1=x_y.z#EXT#@example.com", "o'hara+tag/1=x_y.z#ext#@example.com"),
        ("\u5c0f\u6797@example.com", "\u5c0f\u6797@example.com"),
    ],
)
def test_ascii_case_the_domains_case_and_composition_do_not_matter(
    spelling: str, address: str
) -> None:
    assert normalise_email(spelling) == address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ZO\u00cb@example.com", "zo\u00eb@example.com"),
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("a@stra\u00dfe.example", "a@strasse.example"),
        ("\u03c3@example.com", "\u03c2@example.com"),
        ("\u0131van@example.com", "ivan@example.com"),
    ],
)
def test_what_an_issuer_may_tell_apart_is_told_apart(one: str, other: str) -> None:
    assert normalise_email(one) != normalise_email(other)


@pytest.mark.parametrize(
    "text",
    [
        "\u212aim@example.com",  # the Kelvin sign
        "kim@\u212aey.example",
        "\uff4bim@example.com",  # a full-width k
        "\ufb01n@example.com",  # a ligature
        "a\u00adb@example.com",  # a soft hyphen
        "a\u202eb@example.com",  # a direction mark
        "a\u00a0b@example.com",
        "a\ud800b@example.com",
        'a"b@example.com',
        "a<b@example.com",
        "a@b@c",
        "@example.com",
        "a@",
        "a" * 65 + "@example.com",
        "a@" + "x" * (MAX_EMAIL_LENGTH - 1),
        "e" + "\u0301\u0323" * 500_000 + "@example.com",
    ],
)
def test_what_could_be_taken_for_another_address_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddress) as caught:
        normalise_email(text)

    assert text not in str(caught.value)


@given(st.text(max_size=80) | st.emails() | st.tuples(st.text(), st.text()).map("@".join))
def test_an_address_is_its_own_normal_form(text: str) -> None:
    try:
        address = normalise_email(text)
    except NotAnAddress:
        return
    assert normalise_email(address) == address
    assert len(address) <= 2 * MAX_EMAIL_LENGTH


@given(st.text(alphabet=st.characters(min_codepoint=0x80), min_size=1, max_size=20))
def test_no_text_beyond_ascii_becomes_an_ascii_address(text: str) -> None:
    try:
        local = normalise_email(f"{text}@example.com").partition("@")[0]
    except NotAnAddress:
        return
    assert not local.isascii()
