"""The wording of mails; no user's text can break out of its place."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from importlib.resources import as_file, files

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from recollect.mail.message import Sender, packed
from recollect.mail.wording import CATALOGUES, best_locale, languages
from resolvers.notifications.outgoing_mail import (
    Notice,
    OutgoingMail,
    Reminder,
    SessionSummary,
    Summary,
)

DAY = 86_400_000_000
AT = 1_790_000_000_000_000
TITLES = ["مرحبا بالعالم", "שלום", "日本語のタイトル", "제목", '<b>bold</b> & "quoted"', None]
SUMMARY = Summary(
    AT - 7 * DAY,
    AT,
    [SessionSummary(f"s{n}", title, 2, ["كيف حالك؟"], 1, 1) for n, title in enumerate(TITLES)],
    ["wine", "语言"],
)
REMINDER = Reminder(
    [
        Notice("n0", "archive", "s0", TITLES[0], AT),
        Notice("n1", "close", "s1", TITLES[2], AT),
        Notice("n2", "expire", "s2", None, AT),
    ]
)
SENDER = Sender("Recollect <recollect@chat.example>", "https://chat.example", "https://api.example")


def made(
    content: Summary | Reminder, language: str = "en", to: str = "a@b.example"
) -> EmailMessage:
    letter = OutgoingMail(to, content, "name", language, "Europe/Berlin", "word.tag")
    sent = packed(SENDER.message(letter))
    found = message_from_bytes(sent, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("content", [SUMMARY, REMINDER], ids=["summary", "reminder"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_titles_of_every_script_arrive_intact_in_both_bodies(
    content: Summary | Reminder, language: str
) -> None:
    message = made(content, language)
    text, html = body(message, "plain"), body(message, "html")
    shown = content.sessions if isinstance(content, Summary) else content.notices
    for each in shown:
        if each.title:
            assert f"\u2068{each.title}\u2069" in text
            assert "<b>" not in html
            escaped = each.title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            assert escaped.replace('"', "&#34;") in html
        assert f"https://chat.example/?session=Session.{each.session_id}" in text
    assert "http" not in html.replace("https://chat.example", "").replace("https://api.example", "")
    assert "<img" not in html
    assert message["Content-Language"] == language


def test_the_headers_let_people_leave_and_machines_recognise_it() -> None:
    message = made(SUMMARY)
    assert message["List-Unsubscribe"] == "<https://api.example/unsubscribe/word.tag>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == "<name@chat.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "Your week: 12 questions"
    assert "https://api.example/unsubscribe/word.tag" in body(message, "plain")


def test_the_link_that_unsubscribes_is_sent_as_it_is_however_long() -> None:
    word = "w" * 300
    letter = OutgoingMail("a@b.example", SUMMARY, "name", "en", "UTC", word)
    for utf8 in (False, True):
        lines = packed(SENDER.message(letter), utf8=utf8).split(b"\r\n")
        assert f"List-Unsubscribe: <https://api.example/unsubscribe/{word}>".encode() in lines
        body = lines[lines.index(b"") :]
        assert max(map(len, body)) <= 78


def test_sentences_are_kept_apart() -> None:
    html = body(made(SUMMARY), "html")
    assert "12 questions. 6 are still open. Answers that you judged: 6 good, 6 bad." in html


def test_german_is_german() -> None:
    text = body(made(REMINDER, "de-AT"), "plain")
    assert "Anheften: https://chat.example/?session=Session.s0&do=pin" in text
    assert "September 2026" in text
    assert "soon" not in text
    assert "Ohne Titel" in text


def test_who_wants_a_language_without_a_catalogue_reads_english() -> None:
    assert str(best_locale("de-CH-1996")) == "de"
    assert [str(best_locale(tag)) for tag in ("en-GB", "tlh", "zh-Hant", "x")] == ["en"] * 4


@pytest.mark.parametrize("address", ["a\r\nBcc: c@d.example", "a@b.example\nX: y"])
def test_an_address_cannot_add_a_header(address: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        made(SUMMARY, to=address)


@pytest.mark.parametrize("language", [each for each in languages() if each != "en"])
def test_a_catalogue_translates_everything_and_nothing_else(language: str) -> None:
    with as_file(files("recollect.mail").joinpath("templates")) as folder:
        wanted = {
            message[0] if isinstance(message, tuple) else message
            for _, _, message, _, _ in extract_from_dir(
                folder,
                [("**", "jinja2.ext:babel_extract")],
                {"**": {"trimmed": "true", "silent": "false"}},
            )
        }
    with CATALOGUES.joinpath(f"{language}.po").open("rb") as file:
        catalogue = read_po(file)
    found = {each.id[0] if isinstance(each.id, tuple) else each.id for each in catalogue if each.id}
    assert found == wanted
    for each in catalogue:
        strings = each.string if isinstance(each.string, list | tuple) else [each.string]
        assert all(strings), each.id
