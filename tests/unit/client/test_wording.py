"""Every text of the pages has its translation, which has the same placeholders."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from client import wording
from client.wording import CATALOGUES, DOMAIN, best_language, languages, translations

ROOT = Path(__file__).parents[3]
MARKS = {"_", "N_", "ngettext"}
OTHERS = [each for each in languages() if each != "en"]


def forms(message: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """A text, or its singular and plural forms."""
    return [message] if isinstance(message, str) else list(message or [])


def first(message: str | list[str] | tuple[str, ...]) -> str:
    return forms(message)[0]


def extracted() -> set[str]:
    keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
    found = extract_from_dir(ROOT / "client", keywords=keywords)
    return {first(message) for _, _, message, _, _ in found}


def marked() -> set[str]:
    """The texts that the code marks for translation, found with Python's own parser."""
    found: set[str] = set()
    for file in (ROOT / "client").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = node.args[0] if node.func.id in MARKS and node.args else None
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    found.add(given.value)
                elif isinstance(given, ast.JoinedStr):
                    pytest.fail(f"{file}:{node.lineno}: an f-string can't be looked up")
    return found


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / DOMAIN).open("rb") as file:
        return read_po(file, locale=language)


def test_extractors_find_every_marked_text() -> None:
    assert extracted() == marked()


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    found = catalogue(language)
    assert {first(each.id) for each in found if each.id} == extracted(), "run `make messages`"
    for each in found:
        assert all(forms(each.string)), f"not translated: {each.id}"
        assert not each.fuzzy or not each.id


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_placeholders_of_the_text(language: str) -> None:
    for each in catalogue(language):
        if not each.id:
            continue
        originals, strings = forms(each.id), forms(each.string)
        wanted = {frozenset(names(original)) for original in originals}
        assert {frozenset(names(string)) for string in strings} == wanted, each.id
        # Streamlit's directives for icons and colours stay the same.
        assert all(re.findall(r":\w+\[", s) == re.findall(r":\w+\[", originals[0]) for s in strings)


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_who_wants_a_language_without_a_catalogue_reads_english() -> None:
    assert [best_language(tag) for tag in ("de", "de-AT", "de-CH-1996")] == ["de"] * 3
    assert [best_language(tag) for tag in (None, "", "en-US", "tlh", "x")] == ["en"] * 5


def test_plurals_follow_the_rule_of_the_language() -> None:
    german = translations("de")
    forms = [german.ngettext("{count} turn", "{count} turns", count) for count in (0, 1, 2)]
    assert forms == ["{count} Fragen", "{count} Frage", "{count} Fragen"]


def test_charts_write_numbers_and_months_in_the_language_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wording, "language", lambda: "de")
    told = wording.chart_locale()
    assert (told["number"]["decimal"], told["number"]["thousands"]) == (",", ".")
    assert told["time"]["months"][2] == "März"
    assert told["time"]["days"][0] == "Sonntag"
    assert len(told["time"]["shortMonths"]) == 12


@pytest.mark.parametrize(("spoken", "written"), [("en", "%-d %b"), ("de", "%-d. %b")])
def test_charts_write_days_as_the_language_does(
    monkeypatch: pytest.MonkeyPatch, spoken: str, written: str
) -> None:
    monkeypatch.setattr(wording, "language", lambda: spoken)
    assert wording.chart_day() == written
