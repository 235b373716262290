"""One domain in the frontier's window."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from crawler.items import ArticleWork, VisitWork, Work
from crawler.spiders.unstored import Unstored


@dataclass(eq=False)
class Domain:
    """Work of one domain that waits in the window, and how much of it is under way."""

    visits: deque[VisitWork] = field(default_factory=deque)
    articles: deque[ArticleWork] = field(default_factory=deque)
    past: deque[ArticleWork] = field(default_factory=deque)  # of backfills
    again: deque[ArticleWork] = field(default_factory=deque)  # stored articles that are asked for again
    under_way: int = 0
    unstored: int = 0  # read, and waiting to be stored
    past_after: float = 0.0  # monotonic; the share of what is no news is used up until then
    is_again_next: bool = False  # what is past and what is asked for again take turns
    reserved_until: float = 0.0  # monotonic; until then the next turn of a backfill is for one of its lists
    drained_until: float = 0.0  # monotonic; the store had no more when it was asked, and is not asked until then

    @property
    def waiting(self) -> int:
        """How much waits."""
        return len(self.visits) + len(self.articles) + len(self.past) + len(self.again)

    def is_idle(self) -> bool:
        """Whether it can be let go."""
        return not (self.waiting or self.under_way or self.unstored) and time.monotonic() >= self.past_after

    def may_have_more(self) -> bool:
        """Whether the store is worth asking: it may have more than it last gave, or nothing is left to do here."""
        return not (self.waiting or self.under_way or self.unstored) or time.monotonic() >= self.drained_until

    def may_go_back(self) -> bool:
        """Whether nothing else is to be done here, and the share of what is no news is not used up."""
        is_free = not self.visits and not self.articles and not self.under_way
        return is_free and time.monotonic() >= self.past_after

    def first(self, unstored: Unstored) -> Work | None:
        """Takes what comes next: news first; what is none only while nothing else is to be done.

        A candidate that is another address of what waits to be stored stays here until that is known.
        """
        if self.visits:
            return self.visits.popleft()
        if self.articles:
            return None if unstored.holds_up(self.articles[0]) else self.articles.popleft()
        if time.monotonic() < self.reserved_until or not self.may_go_back():
            return None
        first, second = (self.again, self.past) if self.is_again_next else (self.past, self.again)
        chosen = first or second
        if not chosen:
            return None
        self.is_again_next = chosen is self.past
        return chosen.popleft()

    def drop_articles(self) -> list[ArticleWork]:
        """Takes all articles that wait."""
        dropped = [*self.articles, *self.past, *self.again]
        for waiting in (self.articles, self.past, self.again):
            waiting.clear()
        self.drained_until = 0.0
        return dropped
