"""The shipped catalogue: every file is valid, and it covers what it is meant to."""

from __future__ import annotations

from collections import Counter

import pytest

from crawler.outlets.catalogue import read_catalogue, write_outlet
from crawler.outlets.shipped import shipped_files


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(shipped_files())


def test_the_two_outlets_that_presswatch_was_made_for_are_there(catalogue):
    names = {outlet.key: outlet.name for outlet in catalogue}
    assert names["jpost"] == "The Jerusalem Post"
    assert names["track-persia"] == "Track Persia"


def test_it_covers_four_languages(catalogue):
    count = Counter(outlet.languages[0] for outlet in catalogue)
    assert len(catalogue) >= 45
    assert count["en"] >= 20
    assert all(count[language] >= 5 for language in ("fa", "ar", "he"))


def test_keys_names_and_sources_are_unique(catalogue):
    assert len({outlet.key for outlet in catalogue}) == len(catalogue)
    assert len({outlet.name.casefold() for outlet in catalogue}) == len(catalogue)
    urls = [source.url for outlet in catalogue for source in outlet.sources]
    assert len(set(urls)) == len(urls)


def test_no_source_claims_to_be_verified(catalogue):
    assert {source.verified for outlet in catalogue for source in outlet.sources} == {None}


def test_a_name_that_goes_with_two_outlets_does_not_hide_one(catalogue):
    names = {outlet.name.casefold() for outlet in catalogue}
    taken = [(outlet.key, alias) for outlet in catalogue for alias in outlet.aliases if alias.casefold() in names]
    others = [
        (key, alias)
        for key, alias in taken
        for outlet in catalogue
        if outlet.name.casefold() == alias.casefold() and outlet.key != key
    ]
    assert others == []


def test_files_are_written_as_presswatch_writes_them(catalogue):
    texts = {name.removesuffix(".toml"): text for name, text in shipped_files()}
    assert {outlet.key: write_outlet(outlet) for outlet in catalogue} == texts
