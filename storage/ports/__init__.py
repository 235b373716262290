"""Ports: what the rest of Presswatch may ask of what is kept.

Every method is synchronous and may be called from any thread; asyncio code calls them through a
thread. A write has happened, durably, when its method returns. Unless a method says otherwise, all of
them raise `StoreUnavailable` when the server behind them does not answer.
"""

from storage.ports.authors import AuthorBook
from storage.ports.changes import ChangeBook, PinBook
from storage.ports.channels import ChannelBook
from storage.ports.crawl import BodyStore, CaptureBook, CrawlStore, LineBook, QuarantineBook
from storage.ports.evidence import EvidenceBook
from storage.ports.health import Alarm, Alarms, AlertBook, Examined, Examiner, SourceHealth, VisitToExamine
from storage.ports.hosts import HostBook, TrafficBook
from storage.ports.imports import ImportBook
from storage.ports.jobs import VisitQueue
from storage.ports.not_found import NotFoundBook
from storage.ports.origins import OriginBook
from storage.ports.outlets import MoveBook, OutletBook
from storage.ports.pace import PaceBook, Paced, Pacer, VisitToPace
from storage.ports.periods import BackfillBook, GapBook
from storage.ports.reader_feeds import ReaderFeedBook
from storage.ports.reading import EventLog, Library
from storage.ports.readings import ReadingBook
from storage.ports.retention import DailyRetentionBook, HoldBook, RetentionBook
from storage.ports.revisits import RecrawlBook, RevisitBook
from storage.ports.search import SearchBook, SearchIndex
from storage.ports.seen import Claim, SeenSet
from storage.ports.stories import StoryBook, StoryFollower
from storage.ports.subscriptions import SubscriptionBook
from storage.ports.upkeep import ProcessBook, Retention
from storage.ports.users import AuditLog, SessionBook, UserBook
from storage.ports.watchlists import MatchBook, WatchlistBook
from storage.ports.words import WordsBook

__all__ = [
    "Alarm",
    "Alarms",
    "AlertBook",
    "AuditLog",
    "AuthorBook",
    "BackfillBook",
    "BodyStore",
    "CaptureBook",
    "ChangeBook",
    "ChannelBook",
    "Claim",
    "CrawlStore",
    "DailyRetentionBook",
    "EventLog",
    "EvidenceBook",
    "Examined",
    "Examiner",
    "GapBook",
    "HoldBook",
    "HostBook",
    "ImportBook",
    "Library",
    "LineBook",
    "MatchBook",
    "MoveBook",
    "NotFoundBook",
    "OriginBook",
    "OutletBook",
    "PaceBook",
    "Paced",
    "Pacer",
    "PinBook",
    "ProcessBook",
    "QuarantineBook",
    "ReaderFeedBook",
    "ReadingBook",
    "RecrawlBook",
    "Retention",
    "RetentionBook",
    "RevisitBook",
    "SearchBook",
    "SearchIndex",
    "SeenSet",
    "SessionBook",
    "SourceHealth",
    "StoryBook",
    "StoryFollower",
    "SubscriptionBook",
    "TrafficBook",
    "UserBook",
    "VisitQueue",
    "VisitToExamine",
    "VisitToPace",
    "WatchlistBook",
    "WordsBook",
]
