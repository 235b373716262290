"""Patterns that are asked only of texts that hold a piece of them: they find what they find in any."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from crawler.extract import closing, prompts
from crawler.extract.fragments import Sifted, fragments_of

SIFTED = {"call": prompts._CALL, "appeal": closing._APPEAL, "helpers": closing._HELPERS}
FRAGMENTS = {
    r"abc": {"abc"},
    r"abc|de": {"abc", "de"},
    r"(?:foo|ba)r": {"foo", "ba"},
    r"ab?cd": {"cd"},
    r"x(?:yes|no)? never": {" never"},
    r"a{0,3}b|c{2}": {"b", ""},
    r"(?:abc)+d": {"abc"},
    r"(?:abc)*d": {"d"},
    r"\w+@\w+\.com\W*$": {".com"},
    r"[a|b)]cde": {"cde"},
    r"(?<!un)(?:sub)?scribe(?!d)": {"scribe"},
    r"(?P<who>anna|bert) said": {" said"},
    r"(?i-s:xyz)": {"xyz"},
    r"\d+": {""},
}


@pytest.mark.parametrize(("pattern", "fragments"), FRAGMENTS.items(), ids=FRAGMENTS)
def test_of_these_texts_each_match_holds_one(pattern, fragments):
    assert fragments_of(pattern) == fragments


@pytest.mark.parametrize("sifted", SIFTED.values(), ids=SIFTED)
def test_the_patterns_in_use_are_sifted_by_texts_of_some_length(sifted):
    assert min(map(len, sifted.fragments)) >= 2


def test_what_is_sifted_finds_the_same_in_the_lines_of_real_pages(shared: Path):
    folder = shared / "pages"
    rows = [json.loads(line) for line in (folder / "traf-eval.jsonl").read_text(encoding="utf-8").splitlines()]
    found = 0
    for row in rows[::10]:
        source = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
        for line in {" ".join(text.split()).lower()[:900] for text in re.split(r"<[^>]{1,2000}>", source)}:
            for sifted in SIFTED.values():
                expected = sifted.pattern.search(line)
                got = sifted.search(line)
                assert (got and got.span()) == (expected and expected.span()), line
                found += expected is not None
    assert found > 20


def test_a_pattern_of_which_nothing_is_sure_is_always_asked():
    assert Sifted(r"\d+|never").search("in 2026")
