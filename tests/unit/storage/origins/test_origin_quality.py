"""A sample of pages that say where they were published first; `make bench-stories` runs them all, on real texts."""

from __future__ import annotations

from tests.benchmarks.origin_quality import measure


def test_the_origin_is_right_where_a_page_names_it():
    found = measure({}, step=5)
    assert found.total > 80
    assert found.share >= 0.95, found.wrong
    assert len(found.by_language) == 8
