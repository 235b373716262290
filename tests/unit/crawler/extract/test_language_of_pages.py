"""Which language an article is taken to be in: what its text shows, and what page and source declare."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from storage.records import Hints

ENGLISH = "The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river soon."
GERMAN = "Der Rat beschloss am Dienstag nach langer Debatte, die Brücke über den Fluss bald wieder aufzubauen."
LATIN = "Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod tempor invidunt ut labore."


def read(text, attributes="", head="", title="", hints=None):
    page = (
        f"<html {attributes}><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{text}</p></body></html>"
    )
    return extract_article(page.encode(), url="https://www.example.org/a", hints=hints or Hints())


def told(found, field="language"):
    return next((e for e in found.evidence if e.field == field), None)


def test_a_template_that_keeps_english_over_german_text_is_not_believed():
    found = read(GERMAN * 3, "lang=en")
    assert found.language == "de"
    assert told(found).rule == "text"
    assert told(found).lost == (("html lang", "en"),)


def test_a_declaration_decides_between_kin():
    assert read("Ministeren: Vi vil bygge en ny bro over elven.", "lang=da", title="Ny bro").language == "da"
    assert read("Ministeren: Vi vil bygge en ny bro over elven.", "lang=nb", title="Ny bro").language == "no"


def test_a_text_of_a_few_words_is_in_the_language_that_is_declared():
    assert read("Ja.", "lang=sq", title="OK").language == "sq"


def test_without_text_and_declaration_no_language_is_told():
    assert read("Ja.", title="OK").language is None


def test_placeholder_latin_is_in_the_language_that_is_declared():
    assert read(LATIN * 3, "lang=en").language == "en"
    assert read(LATIN * 3).language == "la"


def test_a_declared_language_that_the_detector_does_not_know_is_believed():
    assert read("Naalakkersuisut siulittaasuat oqaluttuarpoq nutaamik. " * 4, "lang=kl").language == "kl"


@pytest.mark.parametrize("label", ["cn", "ch", "xx-YY", "english-ish"])
def test_a_label_that_is_no_language_changes_nothing(label):
    assert read(ENGLISH * 3, f"lang={label}").language == "en"


def test_what_is_declared_and_detected_and_how_sure_stands_in_the_evidence():
    head = '<meta property="og:locale" content="de_DE">'
    found = read(ENGLISH * 3, "lang=en", head, hints=Hints(language="fr"))
    assert told(found).value == "en"
    assert told(found).lost == (("html lang", "en"), ("meta", "de"), ("hint", "fr"))
    assert told(found, "language confidence").value == "1.00"


def test_a_short_text_between_kin_is_less_sure_than_a_long_one():
    def sure(text, attributes=""):
        return float(told(read(text, attributes), "language confidence").value)

    short = "Ministeren: Vi vil bygge en ny bro over elven."
    assert sure(short) < sure(ENGLISH * 3)
    assert sure(short) < sure(short, "lang=da")
