"""How sources and outlets are, judged where a visit is stored, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.records import SourceState, VisitReport


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitToExamine:
    """A visit, and all that the state of its source hangs on."""

    report: VisitReport
    state: SourceState | None  # before the visit; None: never examined
    since: datetime | None  # since when it is in that state
    is_new: bool  # whether it listed something that it never listed before
    last_new_at: datetime | None  # before this visit, as the next two
    last_ok_at: datetime | None
    last_read_at: datetime | None  # when it last answered with another body
    moved_to: str | None  # this visit included, as the next one
    moved_answers: int
    memory: bytes | None  # what its pacer learned, this visit included; None: nothing
    owed: float  # articles expected since it last brought something
    longest_owed: float  # the most it ever owed
    owed_level: float = 1.0  # how far below its profile it was when it last brought something; 1: not at all
    usual_answer_s: float | None = None  # how long its answers take; None: never measured
    answers: int = 0  # measured
    slow_answers: int = 0  # in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """How a source is after a visit."""

    state: SourceState
    cause: str
    sentence: str
    since: datetime
    owed: float
    longest_owed: float
    owed_level: float = 1.0
    usual_answer_s: float | None = None
    answers: int = 0
    slow_answers: int = 0


class Examiner(Protocol):
    """Tells the state of a source. Pure: asked within the transaction that stores the visit."""

    def examine(self, visit: VisitToExamine) -> Examined:
        """Raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What alerts are chosen by."""

    source_id: int
    outlet_key: str
    outlet_name: str
    domain: str
    url: str
    state: SourceState
    cause: str
    sentence: str
    since: datetime
    failures: int
    slow_answers: int  # in a row, up to the last visit
    last_visit_at: datetime | None
    alerted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What to tell the operator now."""

    raised: Sequence[SourceHealth] = ()
    ended: Sequence[SourceHealth] = ()
    network_raised: bool = False  # nearly all sources fail or are slow: it is our own network
    network_ended: bool = False


class Alarm(Protocol):
    """Chooses what the operator is told. Pure."""

    def decide(
        self,
        sources: Sequence[SourceHealth],
        now: datetime,
        network_since: datetime | None,
        network_until: datetime | None,
    ) -> Alarms:
        """What to tell now; `network_since` is when our network failed last, `network_until` when that ended."""


class AlertBook(Protocol):
    """What the operator is told of the health of sources, outlets' pages and the network."""

    def tell(self, alarm: Alarm, now: datetime) -> int:
        """Writes as events what the alarm says is to be told, and notes it in the same transaction, so that nothing
        is told twice; returns how many events.
        """

    def outlets_with_news(self, since: datetime) -> list[tuple[str, datetime | None]]:
        """(key, since when its layout is taken for changed) of outlets that an article was stored of since then."""

    def set_layout(self, outlet_key: str, sentence: str | None, now: datetime) -> bool:
        """Notes that an outlet's pages are read worse than before (None: as before), and tells it. False where that
        was noted already.
        """
