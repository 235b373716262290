"""What an export holds: the articles that a search finds, newest first, a batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from delivery.exporting.columns import Exported, Value, row_of
from delivery.searching.searcher import Search, Searcher
from storage.ports import OutletBook

_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """Exports what a search finds. An article that comes in meanwhile is left out; none is written twice."""

    searcher: Searcher
    outlets: OutletBook

    def rows(self, search: Search) -> Iterator[dict[str, Value]]:
        """Rows by column, newest first."""
        countries = {outlet.key: outlet.country for outlet in self.outlets.outlets()}
        library = self.searcher.library
        numbers = self.searcher.article_ids(search)
        while ids := list(islice(numbers, _BATCH)):
            articles, bodies = library.summaries(ids), library.bodies(ids)
            for article in (articles[number] for number in ids if number in articles):
                country = countries.get(article.outlet_key)
                yield row_of(Exported(article=article, body=bodies.get(article.id, ""), country=country))
