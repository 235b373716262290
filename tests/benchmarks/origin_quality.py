"""How often the origin is right: cases made of pages (`origin_cases`), read, claimed and decided as the product does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from crawler.discovery.urls import registrable_domain
from crawler.extract.article import extract_article
from crawler.outlets.agencies import read_agencies, shipped_agencies
from storage.origins.claims import Told, claims_of
from storage.origins.deciding import Teller, origin_of
from storage.origins.names import Namebook
from storage.records import Extraction, Hints, Revision, StoryOrigin
from tests.benchmarks.origin_cases import COPIERS, OUTLETS, OriginCase, cases

_BEGIN = datetime(2026, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginQuality:
    """Shares of cases whose origin is right, in both orders of arrival; kinds that went wrong, with what was told."""

    total: int
    right: int
    by_rank: dict[int, tuple[int, int]]  # (right, all)
    by_language: dict[str, tuple[int, int]]
    wrong: tuple[tuple[str, str, str, str], ...]  # (language, kind, expected, told)

    @property
    def share(self) -> float:
        """Share of all cases."""
        return self.right / self.total


def measure(texts: dict[str, Sequence[tuple[str, ...]]], step: int = 1) -> OriginQuality:
    """Runs all cases, or one of each `step`."""
    outlets = [outlet for group in OUTLETS.values() for outlet in group] + list(COPIERS.values())
    book = Namebook(outlets, read_agencies([shipped_agencies()]), registrable_domain)
    ranks: defaultdict[int, list[bool]] = defaultdict(list)
    languages: defaultdict[str, list[bool]] = defaultdict(list)
    wrong = []
    for case in islice(cases(texts), 0, None, step):
        told = {origin.party.key for origin in _origins(case, book)}
        is_right = told == {case.expected}
        ranks[case.rank].append(is_right)
        languages[case.language].append(is_right)
        if not is_right:
            wrong.append((case.language, case.kind, case.expected, ", ".join(sorted(told))))
    every = [each for rank in ranks.values() for each in rank]
    return OriginQuality(
        total=len(every),
        right=sum(every),
        by_rank=_counted(ranks),
        by_language=_counted(languages),
        wrong=tuple(wrong),
    )


def _counted(found: dict) -> dict:
    return {key: (sum(each), len(each)) for key, each in sorted(found.items())}


def _origins(case: OriginCase, book: Namebook) -> Iterable[StoryOrigin]:
    """The origin with the copy seen last, and with the copy seen first."""
    copy = extract_article(
        case.page.encode(),
        url=case.url,
        outlet=case.copier,
        hints=Hints(origin=case.feed_source),
        now=datetime(2026, 6, 1, tzinfo=UTC),
    )
    claims = claims_of(Told(article_id=2, outlet_key=case.copier.key, url=case.url, revision=_revision(copy)), book)
    for hours in (1, -1):
        first = Teller(article_id=1, party=book.outlet(case.original.key), first_seen_at=_BEGIN)
        seen_at = _BEGIN + timedelta(hours=hours)
        second = Teller(article_id=2, party=book.outlet(case.copier.key), first_seen_at=seen_at, claims=claims)
        yield origin_of([first, second])


def _revision(read: Extraction) -> Revision:
    return Revision(
        id=2,
        article_id=2,
        number=1,
        seen_at=_BEGIN,
        capture_id=None,
        title=read.title,
        authors=read.authors,
        body=read.body,
        published=read.published,
        modified=read.modified,
        language=read.language,
        credit=read.credit,
        section=read.section,
        lead_image=None,
        evidence=read.evidence,
        extractor=read.extractor,
        desks=read.desks,
        origins=read.origins,
    )
