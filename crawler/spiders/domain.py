"""One domain in the frontier's window."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from crawler.items import ArticleWork, VisitWork, Work


@dataclass(eq=False)
class Domain:
    """Work of one domain that waits in the window, and how much of it is under way."""

    visits: deque[VisitWork] = field(default_factory=deque)
    articles: deque[ArticleWork] = field(default_factory=deque)
    past: deque[ArticleWork] = field(default_factory=deque)  # of backfills
    under_way: int = 0
    past_after: float = 0.0  # monotonic; the share of backfills is used up until then
    reserved_until: float = 0.0  # monotonic; until then the next turn of a backfill is for one of its lists

    @property
    def waiting(self) -> int:
        """How much waits."""
        return len(self.visits) + len(self.articles) + len(self.past)

    def is_idle(self) -> bool:
        """Whether it can be let go."""
        return not self.waiting and not self.under_way and time.monotonic() >= self.past_after

    def may_go_back(self) -> bool:
        """Whether nothing else is to be done here, and the share of backfills is not used up."""
        is_free = not self.visits and not self.articles and not self.under_way
        return is_free and time.monotonic() >= self.past_after

    def first(self) -> Work | None:
        """Takes what comes next: news first; what is past only while nothing else is to be done."""
        if self.visits:
            return self.visits.popleft()
        if self.articles:
            return self.articles.popleft()
        if self.past and time.monotonic() >= self.reserved_until and self.may_go_back():
            return self.past.popleft()
        return None
