"""What candidates were redirected to, while it is fetched for them."""

from __future__ import annotations

from crawler.items import ArticleWork


class Targets:
    """The target of each redirected candidate under way, by fingerprint."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}  # by the candidate's id

    def follow(self, work: ArticleWork, key: int) -> bool:
        """Notes that a candidate was redirected to another URL; False when that is fetched for another one already."""
        if any(key == target for other, target in self._of.items() if other != work.pending.id):
            return False
        self._of[work.pending.id] = key
        return True

    def __contains__(self, key: int) -> bool:
        """Whether a URL is being fetched just now for a candidate that was redirected to it."""
        return key in self._of.values()

    def end(self, work: ArticleWork) -> None:
        """Forgets the target of work that is done, or comes again."""
        self._of.pop(work.pending.id, None)
