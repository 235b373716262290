"""Stories: an article with its whole future, and its words at each revision."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from tests.newsweb.text import swap_words

if TYPE_CHECKING:
    from tests.newsweb.world import Outlet


@dataclass(frozen=True)
class Revision:
    """A state of an article: from when, and what changed ('initial', 'update', 'correction',
    'headline', or 'stealth', which shows in no date)."""

    at: float
    kind: str


@dataclass(eq=False)
class Article:
    """One story at one outlet, with its whole future."""

    outlet: Outlet
    id: int
    published: float
    section: str = ""
    author: str = ""
    slug: str = ""
    revisions: list[Revision] = field(default_factory=list)
    removed_at: float | None = None
    removed_status: int = 410
    origin: Article | None = None  # the story this is a copy of
    template: int = -1  # which real page it is laid out in; -1: a generated one

    def rng(self, *purpose: object) -> random.Random:
        """A random source of this article's own for one purpose."""
        return random.Random(f"{self.outlet.world.seed}|{self.outlet.index}|{self.id}|{purpose}")

    @property
    def topic(self) -> list[str]:
        """The words it keeps coming back to."""
        return self.rng("topic").choices(self.outlet.language.content_words, k=10)

    @property
    def key(self) -> str:
        """Unique over all outlets."""
        return f"{self.outlet.index}-{self.id}"

    @property
    def group(self) -> str:
        """The syndication group: the key of the original story."""
        return (self.origin or self).key

    def revision_at(self, now: float) -> int:
        """Number of the revision in force."""
        return max(0, sum(revision.at <= now for revision in self.revisions) - 1)

    def removed(self, now: float) -> bool:
        """Whether it has been taken down."""
        return self.removed_at is not None and self.removed_at <= now

    def modified(self, revision: int, honest: bool = False) -> float:
        """When it was last changed: as the outlet tells, or, if honest, with stealth edits."""
        return max(r.at for r in self.revisions[: revision + 1] if honest or r.kind != "stealth")

    @cached_property
    def path(self) -> str:
        """Path (and query) of the canonical URL; its form depends on the outlet."""
        day = datetime.fromtimestamp(self.published, UTC)
        return (
            f"/{day:%Y/%m/%d}/{self.slug}-{self.id}.html",
            f"/{self.section}/{self.slug}-{self.id}",
            f"/article/{self.id}/{self.slug}",
            f"/story.php?id={self.id}",
        )[self.outlet.index % 4]

    @property
    def url(self) -> str:
        return self.outlet.base + self.path

    @property
    def declared_canonical(self) -> str:
        """What the page says is its canonical URL: some outlets point copies to the original."""
        return self.origin.url if self.origin and self.outlet.index % 3 == 0 else self.url

    @cached_property
    def luck(self) -> int:
        """0 to 99: articles below --fault-share are struck by their outlet's faults."""
        return self.rng("luck").randrange(100)

    def variants(self) -> dict[str, str]:
        """Every other URL that leads to this article."""
        mark = "&" if "?" in self.path else "?"
        base = self.outlet.base
        return {
            "tracking": f"{self.url}{mark}utm_source=rss&utm_medium=feed&utm_campaign=all",
            "social": f"{self.url}{mark}fbclid=IwAR{self.id}x{self.outlet.index}",
            "amp": f"{base}/amp{self.path}",
            "mobile": f"{base}/m{self.path}",
            "short": f"{base}/s/{self.id}",
            "feedlink": f"{base}/r/feed/{self.id}",
            "print": f"{base}/print/{self.id}",
        }


def headline(article: Article) -> str:
    """An article's first headline; half of the copies keep the one of the original."""
    rng, language = article.rng("headline"), article.outlet.language
    if article.origin is None:
        return language.phrase(rng, rng.randint(6, 11), article.topic)
    title = headline(article.origin)
    return swap_words(rng, title, language, 0.3) if rng.random() < 0.5 else title


@lru_cache(maxsize=16384)
def article_text(article: Article, revision: int) -> tuple[str, tuple[str, ...]]:
    """Headline and paragraphs of one revision, without credit line or boilerplate."""
    language, kind = article.outlet.language, article.revisions[revision].kind
    rng = article.rng("text", revision)
    if kind == "initial" and article.origin:
        source = article_text(article.origin, article.origin.revision_at(article.published))[1]
        copied = [swap_words(rng, paragraph, language, 0.02) for paragraph in source]
        if len(copied) > 4:
            del copied[len(copied) - rng.randint(0, 2) :]
        return headline(article), tuple(copied)
    if kind == "initial":
        topic = article.topic
        return headline(article), tuple(language.paragraph(rng, topic) for _ in range(rng.randint(5, 14)))
    title, paragraphs = article_text(article, revision - 1)
    changed = list(paragraphs)
    if kind == "update":
        changed.insert(1, language.paragraph(rng, rng.choices(language.content_words, k=10)))
    elif kind == "correction":
        changed.append(f"Correction: {language.phrase(rng, 18)}.")
    elif kind == "headline":
        title = swap_words(rng, title, language, 0.5)
    else:
        spot = rng.randrange(len(changed))
        changed[spot] = swap_words(rng, changed[spot], language, 0.1)
    return title, tuple(changed)
