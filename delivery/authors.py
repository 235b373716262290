"""Authors as readers see them: where they write, under which spellings, and about what.

In come the rows of `storage.ports.AuthorBook`, articles and entities; out come records that pages, API and feeds show.
An author who is an entity (a person with aliases) is found under all of them, over scripts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from delivery.watchlists.entities import Entity
from storage.authors import author_key
from storage.errors import UnknownAuthor
from storage.ports import AuthorBook, Library
from storage.records import ArticleSummary, AuthorCount

#: Newest articles that tell what somebody writes about.
READ_FOR_SUBJECTS = 200
_MOST_SUBJECTS = 8

Counted = tuple[tuple[str, int], ...]  # what, how often; the most frequent first


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What an author writes at one outlet."""

    outlet_key: str
    outlet_name: str
    articles: int
    spellings: Counted
    subjects: Counted  # sections and tags of the newest articles


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAuthor:
    """An author with all that is told of them."""

    name: str  # the most frequent spelling
    keys: tuple[str, ...]
    articles: int
    is_whole: bool  # whether all articles were counted; else the newest ones
    spellings: Counted
    beats: tuple[Beat, ...]  # the outlet with most articles first
    newest: tuple[ArticleSummary, ...]  # articles, newest first, as far as they were read for their subjects


class AuthorDesk:
    """Tells of authors. `entities` gives those there are, by key."""

    def __init__(self, book: AuthorBook, library: Library, entities: Callable[[], Mapping[str, Entity]]) -> None:
        self._book = book
        self._library = library
        self._entities = entities

    def author(self, name: str) -> ToldAuthor:
        """The author whom any spelling names. Raises UnknownAuthor where no article does."""
        keys = self._keys(name)
        count = self._book.count(keys)
        if not count.articles:
            raise UnknownAuthor(f"no article names {name!r} as its author")
        newest = self._articles(keys, READ_FOR_SUBJECTS, None)
        spellings = _ordered(_summed((each.name, each.articles) for each in count.spellings))
        return ToldAuthor(
            name=spellings[0][0],
            keys=keys,
            articles=count.articles,
            is_whole=count.is_whole,
            spellings=spellings,
            beats=_beats(count, newest),
            newest=tuple(newest),
        )

    def articles(self, name: str, limit: int, before_id: int | None = None) -> list[ArticleSummary]:
        """Their articles, newest first by id; `before_id` goes on."""
        return self._articles(self._keys(name), limit, before_id)

    def _articles(self, keys: Sequence[str], limit: int, before_id: int | None) -> list[ArticleSummary]:
        ids = self._book.article_ids(keys, limit, before_id)
        found = self._library.summaries(ids)
        return [found[number] for number in ids if number in found]

    def _keys(self, name: str) -> tuple[str, ...]:
        """The key of a name, and those of the aliases of a person who has it among theirs."""
        asked = author_key(name)
        keys = {asked: None}
        for entity in self._entities().values():
            if entity.kind == "person":
                own = [author_key(alias) for alias in (entity.name, *entity.aliases) if not alias.endswith("*")]
                whole = [key for key in own if " " in key]  # a family name alone is anybody's
                if asked in whole:
                    keys |= dict.fromkeys(whole)
        return tuple(key for key in keys if key)


def subjects_of(articles: Iterable[ArticleSummary]) -> Counted:
    """What articles are about, as their sections and tags tell; each counts once an article, whatever its case."""
    spelled: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for article in articles:
        own = {each.casefold(): each for each in filter(None, (article.section, *article.tags))}
        counted.update(own.keys())
        spelled |= {folded: spelled.get(folded, name) for folded, name in own.items()}
    return tuple((spelled[folded], number) for folded, number in _ordered(counted)[:_MOST_SUBJECTS])


def authors_of(articles: Iterable[ArticleSummary], most: int) -> Counted:
    """Who wrote articles, by their most frequent spelling."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        for name in article.authors:
            spellings[author_key(name)][name] += 1
    spellings.pop("", None)
    counted = {key: sum(own.values()) for key, own in spellings.items()}
    return tuple((_ordered(spellings[key])[0][0], number) for key, number in _ordered(counted)[:most])


def _beats(count: AuthorCount, newest: Iterable[ArticleSummary]) -> tuple[Beat, ...]:
    by_outlet: defaultdict[str, list[ArticleSummary]] = defaultdict(list)
    for article in newest:
        by_outlet[article.outlet_key].append(article)
    totals = _summed((each.outlet_key, each.articles) for each in count.spellings)
    return tuple(
        Beat(
            outlet_key=key,
            outlet_name=by_outlet[key][0].outlet_name if by_outlet[key] else key,
            articles=number,
            spellings=_ordered(_summed((s.name, s.articles) for s in count.spellings if s.outlet_key == key)),
            subjects=subjects_of(by_outlet[key]),
        )
        for key, number in _ordered(totals)
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for what, number in pairs:
        counted[what] += number
    return counted


def _ordered(counted: Mapping[str, int]) -> Counted:
    return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
