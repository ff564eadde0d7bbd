"""The words of mails in every language that has a catalogue; English needs none."""

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

CATALOGUES = files("recollect.mail").joinpath("locale")
ENGLISH = "en"


def languages() -> list[str]:
    """The languages that mails can be written in."""
    found = (each.name.removesuffix(".po") for each in CATALOGUES.iterdir())
    return sorted([ENGLISH, *found])


def best_locale(language: str) -> Locale:
    """The locale for somebody who wants a language, given as a BCP 47 tag; English if none matches."""
    name = negotiate_locale([language.replace("-", "_")], languages()) or ENGLISH
    return Locale.parse(name)


@cache
def templates(language: str) -> Environment:
    """The templates in one of `languages`."""
    environment = Environment(
        loader=PackageLoader("recollect.mail"),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    translations = _translations(language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return environment


def _translations(language: str) -> NullTranslations:
    """Compiled here, so that the files read are those that translators write."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(CATALOGUES.joinpath(f"{language}.po").read_bytes())))
    compiled.seek(0)
    return Translations(compiled)
