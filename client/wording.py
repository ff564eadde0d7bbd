"""The words, dates and numbers of the pages, in the language of the person who reads them.

Texts are in English in the code, marked with `_`, `ngettext` or, if they are defined before the language is
known, `N_`. English needs no catalogue; the others are `locale/*/LC_MESSAGES/client.po`.
"""

import gettext
import re
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import streamlit as st
from babel import Locale, dates, negotiate_locale, numbers
from babel.localedata import locale_identifiers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

CATALOGUES = Path(__file__).with_name("locale")
DOMAIN = "client.po"
ENGLISH = "en"
VARIANTS = [
    "de_AT",
    "de_CH",
    "en_GB",
    "en_US",
    "es_MX",
    "fr_CA",
    "pt_BR",
    "pt_PT",
    "zh_Hans",
    "zh_Hant",
]
"""Variants offered besides whole languages, where one way of writing does not suit all regions."""
REGIONS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia"),
    *("Europe", "Indian", "Pacific"),
}
"""The beginnings of the names of time zones; others in IANA's database are older names of the same zones."""
FORMATS = {ENGLISH: "en_GB"}
"""The locale whose dates and numbers a language uses, if it is not the language itself."""
CHOSEN = "spoken"
"""The session state's key for the language that the person chose."""


def languages() -> list[str]:
    """The languages that pages can be written in."""
    found = (each.parent.parent.name for each in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}"))
    return sorted([ENGLISH, *found])


@cache
def best_language(wanted: str | None) -> str:
    """One of `languages` for somebody who wants a BCP 47 tag; English if there is no other."""
    tag = (wanted or ENGLISH).replace("-", "_")
    return negotiate_locale([tag], languages()) or ENGLISH


def language() -> str:
    """The language of the page: the person's choice or else, before they made one, the browser's."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    chosen: str | None = st.session_state.get(CHOSEN)
    return best_language(chosen or st.context.locale)


def set_language(chosen: str | None) -> bool:
    """Use the language that the person chose; None if they chose none. Returns whether this changes the
    page's language, so that elements already drawn have to be drawn again."""
    before = language()
    st.session_state[CHOSEN] = chosen
    return language() != before


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


def _(text: str) -> str:
    """A text in the language of the page."""
    return translations(language()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form for a number of things, with the number, as the language writes it, for `{count}`."""
    found = translations(language()).ngettext(one, many, count)
    return found.replace("{count}", number(count))


def number(value: float, decimals: int = 0) -> str:
    """A number with the language's separators."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(value, pattern, locale=_locale())


def day(value: date) -> str:
    """A day in full, such as Monday, 9 March 2026."""
    return dates.format_date(value, "full", locale=_locale())


def weekdays() -> list[str]:
    """The days of the week from Monday on, in short."""
    names = _locale().days["stand-alone"]["abbreviated"]
    return [str(names[place]) for place in range(7)]


@cache
def language_names() -> dict[str, str]:
    """The languages that answers can be asked for in, by BCP 47 tag: the language's own name and the English
    one. They are the same on every page, because a browser sends back the name that it was shown, which may
    be in the previous language."""
    tags = [tag for tag in locale_identifiers() if "_" not in tag] + VARIANTS
    found = {}
    for tag in tags:
        locale = Locale.parse(tag)
        own, name = locale.get_display_name(), locale.get_display_name(ENGLISH)
        if name and own:
            found[tag.replace("_", "-")] = own if name == own else f"{own} · {name}"
    return found


@cache
def zone_names() -> dict[str, str]:
    """The time zones of the world's regions, and UTC: readable names, by their names in IANA's database. They
    are the same in every language, as `language_names` are."""
    regions = {name for name in available_timezones() if name.partition("/")[0] in REGIONS}
    return {name: name.replace("_", " ") for name in (*regions, "UTC")}


def month(value: date) -> str:
    """A month and its year."""
    return dates.format_skeleton("yMMMM", value, locale=_locale())


def short_day(value: date) -> str:
    """A day such as 9 Mar 2026."""
    return dates.format_skeleton("yMMMd", value, locale=_locale())


def chart_day() -> str:
    """The d3 format with which Vega writes a day without its year, such as 9 Mar."""
    pattern = str(_locale().datetime_skeletons["MMMd"])
    return re.sub("MMM|M|d", lambda part: {"MMM": "%b", "M": "%-m", "d": "%-d"}[part[0]], pattern)


def time_of_day(value: datetime) -> str:
    """Hours and minutes of the time as given; convert it to the person's zone first."""
    return dates.format_skeleton("Hm", value, tzinfo=value.tzinfo, locale=_locale())


def money(value: float, currency: str) -> str:
    """An amount of a currency, given by its three-letter code, rounded to its smallest unit."""
    return numbers.format_currency(value, currency, locale=_locale())


def size(count: float) -> str:
    """A number of bytes in the largest unit that fits; from kilobytes on, to one decimal place."""
    for name in ("B", "kB", "MB"):
        if count < 1000:
            return f"{number(count, 0 if name == 'B' else 1)} {name}"
        count /= 1000
    return f"{number(count, 1)} GB"


def chart_locale() -> dict[str, dict[str, Any]]:
    """The d3 locales with which Vega writes numbers and times."""
    locale = _locale()
    months, weekdays = locale.months["stand-alone"], locale.days["stand-alone"]
    symbols = locale.number_symbols["latn"]
    sunday_first = [6, *range(6)]
    return {
        "number": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": ["", ""],
        },
        "time": {
            "dateTime": "%x %X",
            "date": "%d.%m.%Y" if symbols["decimal"] == "," else "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": [locale.day_periods["format"]["abbreviated"][each] for each in ("am", "pm")],
            "days": [weekdays["wide"][each] for each in sunday_first],
            "shortDays": [weekdays["abbreviated"][each] for each in sunday_first],
            "months": [months["wide"][each] for each in range(1, 13)],
            "shortMonths": [months["abbreviated"][each] for each in range(1, 13)],
        },
    }


@cache
def translations(spoken: str) -> gettext.NullTranslations:
    """The catalogue of one of `languages`, compiled here, so that pages show what translators write."""
    if spoken == ENGLISH:
        return gettext.NullTranslations()
    compiled = BytesIO()
    written = CATALOGUES / spoken / "LC_MESSAGES" / DOMAIN
    write_mo(compiled, read_po(BytesIO(written.read_bytes()), locale=spoken))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _locale() -> Locale:
    spoken = language()
    return Locale.parse(FORMATS.get(spoken, spoken))
