"""What outlets answer for addresses that cannot exist."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import Answer, NotFoundPage


class NotFoundBook(Protocol):
    """By outlet and host: when it was asked last, and what its page for what is not there says."""

    def pages_of(self, outlet_key: str) -> list[NotFoundPage]:
        """What is known of an outlet's hosts."""

    def claim(self, outlet_key: str, page: NotFoundPage, before: datetime) -> bool:
        """Takes the turn to ask the page's host, which nobody has asked since `before`; False where another has it. A
        crash costs the turn, never a second request.
        """

    def note(self, outlet_key: str, page: NotFoundPage, answer: Answer | None) -> None:
        """Notes what was answered, with the answer that the archive has got, in one transaction. A page whose headline
        a stored article bears tells nothing, and is noted so.
        """
