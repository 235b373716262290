"""A store with articles in it, written the way the crawler writes: visits, candidates, verdicts.

Everything is real (SQL store, segments, URL forms); only the words are made up here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fingerprint, registrable_domain
from crawler.outlets.agencies import read_agencies, shipped_agencies
from crawler.outlets.cadence.pacer import Pacer
from delivery.authors import AuthorDesk
from delivery.stories.desk import StoryDesk
from storage.archive.archive import Archive
from storage.records import (
    Candidate,
    Capture,
    Evidence,
    Extraction,
    LiveEntry,
    Moment,
    Outlet,
    OutletSource,
    Picture,
    Precision,
    Reason,
    SourceKind,
    Verdict,
    VisitOutcome,
    VisitReport,
    Zone,
)
from storage.sql.authors import SqlAuthorBook
from storage.sql.backfills import SqlBackfillBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.gaps import SqlGapBook
from storage.sql.library import SqlLibrary
from storage.sql.mapping import pending_from_row
from storage.sql.moves import SqlMoveBook
from storage.sql.notes import SqlNotes
from storage.sql.origins import Claimant, SqlOriginBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.paces import SqlPaceBook
from storage.sql.revisits import SqlRevisitBook
from storage.sql.schema import candidates
from storage.sql.stories import SqlStoryBook
from storage.sql.story_follower import SqlStoryFollower
from tests.stores import open_store_at

AGENCIES = read_agencies([shipped_agencies()])
NOW = datetime(2026, 3, 14, 15, 40, tzinfo=UTC)


def outlet(key: str, name: str, host: str, language: str, country: str, **more) -> Outlet:
    source = OutletSource(kind=SourceKind.FEED, url=f"https://{host}/feed.xml")
    home = f"https://{host}/"
    return Outlet(key=key, name=name, home_url=home, languages=(language,), country=country, sources=(source,), **more)


OUTLETS = (
    outlet("gazette", "The Harbour Gazette", "gazette.example", "en", "GB", timezone="Europe/London"),
    outlet("ledger", "Levant Ledger", "ledger.example", "en", "LB", timezone="Asia/Beirut"),
    outlet("ruz", "روز نو", "ruz.example", "fa", "IR", timezone="Asia/Tehran"),
    outlet("nahar", "صحيفة الميناء", "mina.example", "ar", "AE", timezone="Asia/Dubai"),
    outlet("boker", "בוקר טוב", "boker.example", "he", "IL", timezone="Asia/Jerusalem"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What an outlet published, and how long before NOW it was found."""

    outlet: str
    url: str
    title: str
    body: str
    minutes_ago: int
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    language: str | None = "en"
    credit: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    lead_image: Picture | None = None
    entries: tuple[LiveEntry, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def at_minute(minutes_ago: int) -> Moment:
    return Moment(at=NOW - timedelta(minutes=minutes_ago), precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED)


def on_day(days_ago: int) -> Moment:
    at = (NOW - timedelta(days=days_ago)).replace(hour=0, minute=0)
    return Moment(at=at, precision=Precision.DAY, rule="byline", zone=Zone.NONE)


class Pressroom:
    """Stores outlets, visits and articles in a database of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = open_store_at(url)
        self.folder = folder
        self.segments = Archive(folder / "archive")
        self.crawl = SqlCrawlStore(self.engine, self.segments, registrable_domain, 900)
        self.book = SqlOutletBook(self.engine, registrable_domain)
        self.library = SqlLibrary(self.engine, 900)
        self.backfills = SqlBackfillBook(engine=self.engine, domain_of=registrable_domain)
        self.gaps = SqlGapBook(self.engine)
        self.events = SqlEventLog(self.engine)
        self.paces = SqlPaceBook(self.engine, Pacer(interval_s=900, floor_s=300, ceiling_s=21_600), 900)
        self.moves = SqlMoveBook(self.engine)
        self.revisits = SqlRevisitBook(engine=self.engine, domain_of=registrable_domain)
        self.notes = SqlNotes(self.engine)
        self.stories = SqlStoryBook(self.engine)
        self.origins = SqlOriginBook(self.engine, AGENCIES, registrable_domain)
        self.follower = SqlStoryFollower(self.engine, claimant=Claimant(AGENCIES, registrable_domain))
        self.desk = StoryDesk(self.stories, self.origins, self.library)
        self.authors = AuthorDesk(SqlAuthorBook(self.engine), self.library, dict)

    def open_outlets(self, outlets: tuple[Outlet, ...] = OUTLETS) -> None:
        self.book.load(outlets, "shipped", NOW - timedelta(days=9))

    def publish(self, piece: Piece) -> int:
        """Lists, fetches and stores a piece; returns its article's id."""
        at = NOW - timedelta(minutes=piece.minutes_ago)
        url = canonical_url(piece.url)
        candidate = Candidate(url=url, key=fingerprint(url), found_url=piece.url)
        source = self.crawl.sources_of([piece.outlet])[0]
        _, pending = self.crawl.record_visit(
            VisitReport(
                source_id=source.id,
                started_at=at - timedelta(seconds=2),
                finished_at=at,
                outcome=VisitOutcome.READ,
                next_due_at=at + timedelta(minutes=15),
                status=200,
                bytes_received=len(piece.body),
                listed=1,
                candidates=(candidate,),
            )
        )
        if not pending:
            raise AssertionError(f"{url} is known already; use revise")
        return self._store(pending[0], piece, at)

    def revise(self, article_id: int, piece: Piece) -> None:
        """Stores the same URL again, as a re-crawl finds it."""
        url = self.library.article(article_id).summary.url + f"?again={piece.minutes_ago}"
        key = fingerprint(canonical_url(piece.url))
        at = NOW - timedelta(minutes=piece.minutes_ago)
        candidate = Candidate(url=url, key=fingerprint(url), found_url=url)
        source = self.crawl.sources_of([piece.outlet])[0]
        report = VisitReport(
            source_id=source.id,
            started_at=at,
            finished_at=at,
            outcome=VisitOutcome.READ,
            next_due_at=at + timedelta(minutes=15),
            candidates=(candidate,),
            listed=1,
        )
        _, pending = self.crawl.record_visit(report)
        self._store(pending[0], piece, at, article_url=canonical_url(piece.url), article_key=key)

    def vanish(self, article_id: int, hours_ago: float = 3) -> None:
        """Finds an article gone, twice: then, and an hour later."""
        key = fingerprint(self.library.article(article_id).summary.url)
        for at in (NOW - timedelta(hours=hours_ago), NOW - timedelta(hours=hours_ago - 1)):
            with self.engine.begin() as connection:
                own = candidates.c.key == key
                connection.execute(update(candidates).where(own).values(state="pending", not_before=None))
                row = connection.execute(select(candidates).where(own)).one()
            gone = Verdict(pending=pending_from_row(row), at=at, reason=Reason.GONE, detail="answered 404")
            self.crawl.record_verdicts([gone])

    def fail_visit(self, outlet_key: str, reason: str, detail: str) -> None:
        source = self.crawl.sources_of([outlet_key])[0]
        at = NOW - timedelta(minutes=20)
        self.crawl.record_visit(
            VisitReport(
                source_id=source.id,
                started_at=at,
                finished_at=at + timedelta(seconds=3),
                outcome=VisitOutcome.FAILED,
                next_due_at=NOW + timedelta(minutes=40),
                reason=reason,
                detail=detail,
                status=503,
            )
        )

    def _store(self, pending, piece: Piece, at: datetime, **more) -> int:
        body = f"<html><title>{piece.title}</title><p>{piece.body}".encode("utf-8", "replace")
        digest = hashlib.sha256(body).hexdigest()
        capture = Capture(
            url=pending.candidate.url,
            final_url=pending.candidate.url,
            fetched_at=at,
            status=200,
            headers=(("Content-Type", "text/html"),),
            body=body,
            digest=digest,
        )
        extraction = Extraction(
            title=piece.title,
            body=piece.body,
            authors=piece.authors,
            published=piece.published,
            language=piece.language,
            credit=piece.credit,
            section=piece.section,
            tags=piece.tags,
            lead_image=piece.lead_image,
            entries=piece.entries,
            evidence=piece.evidence,
            extractor="1",
        )
        verdict = Verdict(
            pending=pending,
            at=at,
            capture=capture,
            body_ref=self.segments.put(capture),
            extraction=extraction,
            **more,
        )
        self.segments.sync()
        article_id = self.crawl.record_verdicts([verdict])[0].article_id
        assert article_id is not None
        return article_id

    def close(self) -> None:
        self.segments.close()
        self.engine.dispose()


@contextmanager
def pressroom(url: str, folder: Path) -> Iterator[Pressroom]:
    room = Pressroom(url, folder)
    try:
        yield room
    finally:
        room.close()


def url_identity(url: str) -> tuple[str, int]:
    """What `create_app` wants: canonical URL and key; ValueError for a bad URL."""
    try:
        canonical = canonical_url(url)
    except BadUrl as error:
        raise ValueError(str(error)) from error
    return canonical, fingerprint(canonical)


_EN = (
    "Two container ships that had waited for a berth since Monday were let into the northern basin on Saturday, "
    "the port authority said, ending the longest closure in eleven years.\n\n"
    "Pilots returned to work after the ministry agreed to talks on night shifts. “We asked for rest, and rest is "
    "what was signed,” said Mariam Daher, who speaks for the pilots.\n\n"
    "Insurers had warned that another week would have sent grain cargoes to other ports. Traders now expect "
    "deliveries to be back to normal by the end of the month."
)
_FA = (
    "سازمان بنادر اعلام کرد که اسکله شمالی پس از یازده روز بازگشایی شد و نخستین کشتی باری بامداد شنبه پهلو گرفت.\n\n"
    "به گفته‌ی مدیر بندر، تخلیه‌ی کالاهای اساسی در اولویت است و تا پایان ماه وضعیت به حالت عادی بازمی‌گردد.\n\n"
    "نمایندگان خدمه گفتند توافق بر سر ساعت‌های استراحت شبانه امضا شده است."
)
_AR = (
    "أعلنت هيئة الموانئ إعادة فتح الرصيف الشمالي بعد إغلاق استمر أحد عشر يوماً، ودخلت أول سفينة شحن فجر السبت.\n\n"
    "وقال المتحدث باسم المرشدين البحريين إن الاتفاق ينص على ساعات راحة ليلية، وإن العمل عاد إلى وتيرته المعتادة.\n\n"
    "ويتوقع التجار وصول شحنات الحبوب قبل نهاية الشهر."
)
_HE = (
    "רשות הנמלים הודיעה כי הרציף הצפוני נפתח מחדש לאחר אחד־עשר ימים, ואוניית המטען הראשונה עגנה בשבת לפנות בוקר.\n\n"
    "נציגי הנתבים מסרו כי נחתם הסכם על שעות מנוחה בלילה והעבודה חזרה לסדרה.\n\n"
    "הסוחרים מצפים שמשלוחי התבואה יגיעו עד סוף החודש."
)

DOZEN = (
    Piece(outlet="boker", url="https://boker.example/news/harbour", title="הרציף הצפוני נפתח מחדש; אוניית המטען הראשונה עגנה בשבת", body=_HE, minutes_ago=2880, authors=("נועה לוי",), language="he", published=at_minute(2950)),
    Piece(outlet="gazette", url="https://gazette.example/2026/03/12/grain", title="Grain insurers raise rates as queue outside the harbour grows", body="Premiums for bulk carriers rose by a fifth on Thursday.\n\n" + _EN, minutes_ago=2790, authors=("Tom Hale",), published=at_minute(2800)),
    Piece(outlet="nahar", url="https://mina.example/economy/grain", title="أسعار الحبوب ترتفع مع استمرار إغلاق الميناء", body="ارتفعت أسعار القمح للأسبوع الثاني على التوالي.\n\n" + _AR, minutes_ago=1500, authors=("ليلى حداد",), language="ar", published=on_day(2)),
    Piece(outlet="ledger", url="https://ledger.example/analysis/night-shifts", title="Why a dispute over night shifts closed a harbour", body="The dispute began with a roster.\n\n" + _EN, minutes_ago=1410, authors=("Mariam Daher", "Joseph Khoury"), published=at_minute(1460), section="Analysis"),
    Piece(outlet="ruz", url="https://ruz.example/fa/economy/11", title="نگرانی بازرگانان از طولانی شدن صف کشتی‌ها", body="بازرگانان می‌گویند هزینه‌ی توقف کشتی‌ها دو برابر شده است.\n\n" + _FA, minutes_ago=640, authors=("سارا رضایی",), language="fa", published=at_minute(700)),
    Piece(outlet="gazette", url="https://gazette.example/2026/03/14/talks", title="Ministry and pilots meet for a third night of talks", body="Talks went on past two in the morning.\n\n" + _EN, minutes_ago=520, authors=("Tom Hale",), published=at_minute(540)),
    Piece(outlet="nahar", url="https://mina.example/politics/agreement", title="اتفاق مبدئي بين الوزارة والمرشدين البحريين", body="توصل الطرفان إلى اتفاق مبدئي فجر اليوم.\n\n" + _AR, minutes_ago=300, language="ar", published=at_minute(320)),
    Piece(outlet="boker", url="https://boker.example/news/agreement", title="הסכם עקרוני: הנתבים יחזרו לעבודה כבר הלילה", body="ההסכם נחתם אחרי שלושה לילות של שיחות.\n\n" + _HE, minutes_ago=240, authors=("דוד מזרחי",), language="he", published=at_minute(250)),
    Piece(outlet="ruz", url="https://ruz.example/fa/news/12", title="توافق بر سر ساعت‌های استراحت؛ بندر شمالی بازگشایی شد", body=_FA, minutes_ago=131, authors=("امیر کاظمی",), language="fa", published=at_minute(150)),
    Piece(outlet="ledger", url="https://ledger.example/world/harbour-reopens", title="Harbour reopens after eleven days as pilots return", body=_EN, minutes_ago=64, authors=("Staff",), published=on_day(0), credit="The Harbour Gazette"),
    Piece(outlet="nahar", url="https://mina.example/news/reopening", title="إعادة فتح الرصيف الشمالي بعد أحد عشر يوماً من الإغلاق", body=_AR, minutes_ago=31, authors=("ليلى حداد",), language="ar", published=at_minute(40)),
    Piece(
        outlet="gazette",
        url="https://gazette.example/2026/03/14/reopens",
        title="First ships enter the northern basin as the harbour reopens",
        body=_EN,
        minutes_ago=12,
        authors=("Anna Reed",),
        published=at_minute(19),
        section="World",
        tags=("Harbours", "Grain"),
        lead_image=Picture(url="https://gazette.example/ship.jpg", caption="The first ship", credit="Lina Haddad"),
        entries=(LiveEntry(headline="A second ship", text="It moored.\n\nIt was small.", at=at_minute(12)),),
        evidence=(
            Evidence(field="title", rule="json-ld", value="First ships enter the northern basin as the harbour reopens", lost=(("title", "First ships enter the northern basin - The Harbour Gazette"),)),
            Evidence(field="authors", rule="json-ld", value="Anna Reed", lost=(("meta author", "Gazette Newsroom"),)),
            Evidence(field="published", rule="json-ld", value="2026-03-14T15:21:00Z", lost=(("url", "2026-03-14"),)),
        ),
    ),
)  # fmt: skip


def fill(room: Pressroom) -> list[int]:
    """Five outlets, a dozen articles in four languages, one revision, one failing source; oldest id first."""
    room.open_outlets()
    ids = [room.publish(piece) for piece in DOZEN]
    newest = DOZEN[-1]
    room.revise(
        ids[-1],
        replace(
            newest,
            title="First ships enter the northern basin as the harbour reopens after eleven days",
            body=newest.body + "\n\nThe first of them, carrying wheat, was unloaded within hours.",
            minutes_ago=4,
        ),
    )
    room.fail_visit("boker", "http-503", "The feed answered 503 (Service Unavailable); it is tried again in an hour.")
    return ids
