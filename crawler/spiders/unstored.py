"""What was fetched and read, and waits to be stored: its turn has ended, its domain is still ours."""

from __future__ import annotations

from crawler.items import ArticleWork, Work


class Unstored:
    """Work that waits to be stored, and whom that holds up: a few hundred at most."""

    def __init__(self) -> None:
        self._keys: dict[Work, int | None] = {}
        self._held_up: set[str] = set()

    def add(self, work: Work, key: int | None) -> None:
        """Notes work whose turn has ended. `key`: fingerprint of the article that it is read as, if it is one."""
        self._keys[work] = key

    def remove(self, work: Work) -> bool:
        """Notes that work is stored, or comes again; False where its turn had not ended before."""
        if work not in self._keys:
            return False
        del self._keys[work]
        return True

    def holds_up(self, work: ArticleWork) -> bool:
        """Whether a candidate is another address of what waits: once that is stored, it need not be fetched."""
        if work.pending.candidate.key not in self._keys.values():
            return False
        self._held_up.add(work.domain)
        return True

    def let_go(self) -> set[str]:
        """Domains whose next candidates were held up since the last call: they may ask again."""
        held_up, self._held_up = self._held_up, set()
        return held_up
