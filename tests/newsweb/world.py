"""The world: outlets with their habits and all their past and future articles, from the options alone."""

from __future__ import annotations

import argparse
import bisect
import random
from collections import defaultdict
from urllib.parse import quote

from tests.newsweb.articles import Article, Revision, headline
from tests.newsweb.clock import DAY, HOUR
from tests.newsweb.faults import assign_faults
from tests.newsweb.text import LANGUAGES

SECTIONS = ("politics", "world", "business", "science", "sports", "culture", "local", "opinion")
DISALLOWED = ("/search", "/print/", "/private/", "/account")
CLOSED_AGENTS = ("GPTBot", "CCBot", "Bytespider")
CRAWL_DELAYS = (None, None, None, 1, 2, 5)


def address_of(index: int) -> str:
    """The loopback address on which outlet number `index` (from 1) listens."""
    return f"127.0.{1 + (index - 1) // 250}.{1 + (index - 1) % 250}"


def base_address(options: argparse.Namespace, address: str, host: str) -> str:
    """Scheme, host and port that an outlet's URLs begin with; the default port is left out."""
    port = "" if options.port == 80 else f":{options.port}"
    if options.links == "addresses":
        return f"http://{address}{port}"
    return f"http://{host}" + ("" if options.proxied else port)


class Outlet:
    """One news site: its address, habits, and articles in order of publication."""

    def __init__(self, world: World, index: int, faults: frozenset[str]):
        self.world, self.index, self.faults = world, index, faults
        rng = random.Random(f"{world.seed}|outlet {index}")
        self.language = LANGUAGES[rng.choices(tuple(LANGUAGES), (7, 1, 1, 1))[0]]
        word = rng.choice(self.language.content_words)
        self.name = f"{word.capitalize()} {rng.choice(('Herald', 'Times', 'Post', 'Gazette', 'Courier'))}"
        self.host = f"{self.name.lower().replace(' ', '-')}-{index}.{world.options.suffix}"
        self.address = address_of(index)
        self.base = base_address(world.options, self.address, self.host)
        self.about = (
            f"About {self.name}: {self.name} has reported for its readers since "
            f"{rng.randint(1880, 2015)}. Write to tips@{self.host}. All rights reserved."
        )
        delays = world.options.crawl_delay.split(",")
        delay = delays[(index - 1) % len(delays)]
        self.crawl_delay = rng.choice(CRAWL_DELAYS) if delay == "mixed" else float(delay) or None
        self.validators = rng.choices(("both", "etag", "modified", "none"), (6, 1, 2, 1))[0]
        self.full_feed, self.feed_link = rng.random() < 0.3, rng.choice(("url", "tracking", "feedlink"))
        self.articles: list[Article] = []
        self.published: list[float] = []
        self.events: list[float] = []

    def seal(self) -> None:
        """Indexes the articles once all of them are known."""
        self.articles.sort(key=lambda article: article.published)
        self.published = [article.published for article in self.articles]
        self.by_id = {article.id: article for article in self.articles}
        self.events = sorted(
            [r.at for a in self.articles for r in a.revisions]
            + [a.removed_at for a in self.articles if a.removed_at is not None]
        )

    def version(self, now: float) -> int:
        """Number of events so far: any listing is constant between two events."""
        return bisect.bisect_right(self.events, now)

    def changed(self, now: float) -> float:
        """When the outlet last changed in any way."""
        version = self.version(now)
        return self.events[version - 1] if version else self.world.start

    def latest(self, now: float, section: str | None = None) -> list[Article]:
        """Articles now up, newest first."""
        upto = bisect.bisect_right(self.published, now)
        return [
            article
            for article in reversed(self.articles[:upto])
            if not article.removed(now) and (section is None or article.section == section)
        ]

    def allows(self, path: str, agent: str) -> bool:
        """Whether its robots.txt lets this agent ask for this path."""
        if path == "/robots.txt":
            return True
        if self.faults & {"closed", "robots500"} or any(name in agent for name in CLOSED_AGENTS):
            return False
        return not path.startswith(DISALLOWED)


class World:
    """All outlets and their past and future articles, made from the options alone."""

    def __init__(self, options: argparse.Namespace, start: float, templates: int):
        self.seed, self.options, self.start = options.seed, options, start
        faults = assign_faults(options)
        self.outlets = [Outlet(self, n, faults[n]) for n in range(1, options.outlets + 1)]
        for outlet in self.outlets:
            self._publish(outlet, templates)
        self._syndicate()
        for outlet in self.outlets:
            outlet.seal()
        self.by_name = {name: o for o in self.outlets for name in (o.host, o.address)}

    def _publish(self, outlet: Outlet, templates: int) -> None:
        """Gives an outlet its backlog and its articles to come."""
        rng = random.Random(f"{self.seed}|timeline {outlet.index}")
        times = sorted(self.start - rng.random() * self.options.history * DAY for _ in range(self.options.articles))
        moment = self.start
        while (
            self.options.rate
            and (moment := moment + rng.expovariate(self.options.rate / HOUR))
            < self.start + self.options.horizon * HOUR
        ):
            times.append(moment)
        for number, published in enumerate(times, 1):
            article = Article(outlet, 1000 * outlet.index + number, float(int(published)))
            article.section = rng.choice(SECTIONS)
            article.author = outlet.language.name(rng)
            article.revisions = [Revision(article.published, "initial")]
            if rng.random() < self.options.edits:
                for _ in range(rng.randint(1, 3)):
                    at = article.revisions[-1].at + int(rng.choice((0.1, 1, 6)) * HOUR * (0.5 + rng.random()))
                    kind = rng.choice(("update", "correction", "headline", "stealth", "stealth"))
                    article.revisions.append(Revision(at, kind))
            if rng.random() < self.options.removals:
                article.removed_at = article.published + int(HOUR + rng.random() * 2 * DAY)
                article.removed_status = rng.choice((404, 410))
            article.template = rng.randrange(templates) if templates else -1
            outlet.articles.append(article)

    def _syndicate(self) -> None:
        """Turns some articles into copies of a recent story of another outlet."""
        rng = random.Random(f"{self.seed}|syndication")
        everything = sorted(
            (a for o in self.outlets for a in o.articles), key=lambda a: (a.published, a.outlet.index, a.id)
        )
        originals: dict[str, list[Article]] = defaultdict(list)
        for article in everything:
            pool = originals[article.outlet.language.code]
            if rng.random() < self.options.syndication:
                recent = [
                    a
                    for a in pool[-60:]
                    if a.outlet is not article.outlet and article.published - DAY < a.published < article.published
                ]
                if recent:
                    article.origin = rng.choice(recent[:5])
                    article.author, article.section = article.origin.author, article.origin.section
            if article.origin is None:
                pool.append(article)
            article.slug = "-".join(quote(word) for word in headline(article).lower().split()[:7])
