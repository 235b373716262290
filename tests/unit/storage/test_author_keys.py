"""Spellings of one name have one key; other names have others."""

from __future__ import annotations

import pytest

from storage.authors import MAX_KEY_CHARS, author_key

SAME = {
    "capitals": ("ANNA AHRONHEIM", "Anna Ahronheim"),
    "accents": ("José Núñez", "Jose Nunez"),
    "a middle initial": ("Seth J. Frantzman", "Seth Frantzman"),
    "two of them": ("George R. R. Martin", "George Martin"),
    "family name first": ("Frantzman, Seth J.", "Seth Frantzman"),
    "apostrophes": ("Fintan O’Toole", "Fintan OToole"),
    "hyphens": ("Jean-Pierre Perrin", "Jean Pierre Perrin"),
    "Arabic letters of a Persian keyboard": ("علی کاظمی", "علي كاظمي"),
    "a joiner": ("مهدی‌ رضایی", "مهدی رضایی"),
    "vowel points": ("נֹעָה לֵוִי", "נועה לוי".replace("ו", "", 1)),
    "geresh as an apostrophe": ("ג׳ורג׳ לוי", "ג'ורג' לוי"),
    "blanks and full stops": ("  Tom   Hale. ", "Tom Hale"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_spellings_of_one_name_have_one_key(one: str, other: str):
    assert author_key(one) == author_key(other) != ""


OTHERS = {
    "other first names": ("Anna Reed", "Tom Reed"),
    "the other order": ("Thomas James", "James Thomas"),
    "a middle name": ("Mary Ann Evans", "Mary Evans"),
    "Chinese names, whose middle is no initial": ("王小明", "王大明"),
    "initials for a first name": ("J. Smith", "K. Smith"),
}


@pytest.mark.parametrize(("one", "other"), OTHERS.values(), ids=OTHERS)
def test_other_names_have_other_keys(one: str, other: str):
    assert author_key(one) != author_key(other)


def test_what_has_no_letter_is_no_name():
    assert author_key(" -- ") == author_key("") == ""


def test_a_key_fits_its_column_however_long_the_name():
    assert len(author_key("long " * 4_000)) <= MAX_KEY_CHARS
