"""An import at work: pages out of archives made by others, through child processes, into archive and store.

capture ─► known already? ─► child process ─► archive ─► | articles, revisions, place in the file | ─► seen-set

What stands between the bars is one transaction: whatever kills this process, the next run goes on behind it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from control.import_plan import MAX_BLOCK_BYTES, MOST_TOLD, NO_BODY, Entry, Place, Plan, Warc, order_digest, sentence_on
from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.identity import key_of
from crawler.pipelines.importing import ImportReader, LeftOut, PastArticle
from crawler.pipelines.pool import ProcessPool
from crawler.replay.pictures import kind_of
from storage.archive.foreign.pages import capture_of_record, revisit_of_stored, revisited, split
from storage.archive.foreign.plain import Damaged
from storage.archive.foreign.records import ForeignRecord, read_block
from storage.errors import BodyMissing, BodyOutOfReach, StorageError
from storage.imports import Import, ImportedPage
from storage.records import Answer, AnswerKind, BodyRef, Capture, KeptPage, Provenance, Stored
from storage.store import Store

log = structlog.get_logger(__name__)

#: Captures that are read at a time: each up to the cap of a page.
_AT_ONCE = 32
#: Of one page.
_MOST_PICTURES = 10
#: What is pending and was never stored stays the news that it is.
WAITING = "waiting"

Progress = Callable[[int, int], None]  # captures dealt with, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What became of one capture before it is stored."""

    entry: Entry
    reason: str = ""  # why it is left out
    capture: Capture | None = None
    article: PastArticle | None = None
    pictures: tuple[Capture, ...] = ()  # of its page

    @property
    def keys(self) -> set[int]:
        """Of its candidate and its article: no transaction takes one twice."""
        return {self.entry.candidate.key} | ({self.article.key} if self.article else set())


class Importer:
    """Takes in what a plan names and is not yet taken in. Raises what the store raises, and OSError."""

    def __init__(
        self,
        store: Store,
        warcs: Sequence[Warc],
        plan: Plan,
        *,
        processes: int,
        obeyed: Collection[str],
        clock: Callable[[], datetime],
        progress: Progress,
    ) -> None:
        self._store = store
        self._warcs = warcs
        self._plan = plan
        self._clock = clock
        self._progress = progress
        chosen = zip(warcs, plan.by_warc(len(warcs)), strict=True)
        self._states = [store.imports.state(order_digest(warc, entries)) for warc, entries in chosen]
        self._pool = ProcessPool(
            "crawler.pipelines.child", processes, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed"
        )
        self._reader = ImportReader(self._pool, store, obeyed, clock)
        self._by_key: defaultdict[tuple[str, int], list[Entry]] = defaultdict(list)
        for entry in plan.entries:
            self._by_key[entry.outlet.key, entry.candidate.key].append(entry)

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """Captures dealt with by outlet key and reason, those of earlier runs too."""
        found: Counter[tuple[str, str]] = Counter()
        for state in self._states:
            for outlet, reasons in state.counts.items():
                for reason, count in reasons.items():
                    found[outlet, reason] += count
        return found

    @property
    def done(self) -> int:
        """Captures that are dealt with."""
        return sum(state.position for state in self._states)

    async def run(self) -> None:
        """Takes in all that is left."""
        todo = self._left()
        if not todo:
            return
        await self._pool.start()
        try:
            for start in range(0, len(todo), _AT_ONCE):
                read = await self._read(todo[start : start + _AT_ONCE])
                for group in _groups(read):
                    await asyncio.to_thread(self._keep, group)
                self._progress(self.done, len(self._plan.entries))
        finally:
            await self._pool.close()

    def _left(self) -> list[Entry]:
        passed = [state.position for state in self._states]
        left = []
        for entry in self._plan.entries:
            if passed[entry.place.warc]:
                passed[entry.place.warc] -= 1
            else:
                left.append(entry)
        return left

    async def _read(self, entries: Sequence[Entry]) -> list[_Read]:
        found = await asyncio.to_thread(self._captures, entries)
        return list(await asyncio.gather(*(self._read_one(read) for read in found)))

    def _captures(self, entries: Sequence[Entry]) -> list[_Read]:
        found = [self._capture(entry) for entry in entries]
        captures = [read.capture for read in found if read.capture]
        known = iter(self._store.imports.known(captures))
        met: set[tuple[str, str, datetime]] = set()  # twice among these
        told = []
        for read in found:
            if read.capture:
                same = (read.capture.digest, read.capture.final_url, read.capture.fetched_at.replace(microsecond=0))
                is_known = next(known) or same in met
                met.add(same)
                if is_known:
                    told.append(replace(read, reason="duplicate", capture=None))
                    continue
            told.append(read)
        return told

    def _capture(self, entry: Entry) -> _Read:
        try:
            record, block = self._block(entry.place)
            if entry.original is not None:
                return _Read(entry=entry, capture=self._of_stored(entry.original, record, entry.at, block))
            head, content = split(block)
            if entry.body is not None:
                head, content = revisited(record, entry.at, block, self._block(entry.body)[1])
            return _Read(entry=entry, capture=capture_of_record(record, entry.at, head, content))
        except Damaged as error:
            if len(self._plan.damage) < MOST_TOLD:
                self._plan.damage.append(sentence_on(self._warcs, entry.place, str(error)))
            return _Read(entry=entry, reason="damaged")
        except BodyOutOfReach:
            raise
        except BodyMissing:  # deleted meanwhile
            return _Read(entry=entry, reason=NO_BODY)

    def _of_stored(self, original: KeptPage, record: ForeignRecord, at: datetime, block: bytes) -> Capture:
        """Raises Damaged, BodyMissing."""
        body = self._store.bodies.get(original.ref, original.capture.digest)
        return revisit_of_stored(record, at, block, original.capture, body)

    def _block(self, place: Place) -> tuple[ForeignRecord, bytes]:
        """Raises Damaged and OSError."""
        return read_block(self._warcs[place.warc].path, place.at, MAX_BLOCK_BYTES)

    def _told(self, place: Place) -> str:
        return f"{self._warcs[place.warc].told} {place.at}"

    async def _read_one(self, read: _Read) -> _Read:
        entry = read.entry
        if read.capture is None:
            return read

        async def others(url: str) -> Capture | None:
            others = self._by_key.get((entry.outlet.key, key_of(url, entry.outlet) or 0))
            if not others:
                return None
            nearest = min(others, key=lambda other: abs(other.at - entry.at))
            return (await asyncio.to_thread(self._capture, nearest)).capture

        found = await self._reader.read(entry.outlet, entry.candidate, read.capture, others)
        if isinstance(found, LeftOut):
            log.debug("import_page_left", url=entry.candidate.url, reason=found.reason.value, why=found.detail)
            return replace(read, reason=found.reason.value, capture=None)
        return replace(read, article=found, pictures=await self._pictures(read.entry, read.capture))

    async def _pictures(self, entry: Entry, page: Capture) -> tuple[Capture, ...]:
        """Those of a page that are in the files."""
        if not self._plan.pictures:
            return ()
        wanted = await self._reader.pictures(entry.outlet, page)
        places = [place for url in wanted if (place := self._plan.pictures.get(url))]
        return await asyncio.to_thread(self._read_pictures, places[:_MOST_PICTURES])

    def _read_pictures(self, places: Sequence[Place]) -> tuple[Capture, ...]:
        found = []
        for place in places:
            with suppress(Damaged):
                record, block = self._block(place)
                if record.at is not None:
                    found.append(capture_of_record(record, record.at, *split(block)))
        return tuple(capture for capture in found if kind_of(capture.body))

    def _keep(self, group: Sequence[_Read]) -> None:
        """Stores a group, each candidate and article once, with the places of the files behind it. Raises OSError."""
        kept = [read for read in group if read.article]
        numbers = sorted({read.entry.place.warc for read in group})
        before = [self._states[number] for number in numbers]

        def after(stored: Sequence[Stored]) -> list[Import]:
            ends = [(read.entry, read.reason) for read in group if not read.article]
            ends += [(read.entry, one.reason or WAITING) for read, one in zip(kept, stored, strict=True)]
            of_each = [[end for end in ends if end[0].place.warc == number] for number in numbers]
            return [_advanced(state, own) for state, own in zip(before, of_each, strict=True)]

        stored = self._store.imports.record([self._page(read) for read in kept], before, after, self._clock())
        for number, state in zip(numbers, after(stored), strict=True):
            self._states[number] = state
        keys = {key for one in stored if one.reason for key in one.keys}
        try:
            self._store.seen.confirm(keys)
        except StorageError as error:  # SQL has it: at worst it is asked about once more
            log.warning("seen_set_unavailable", error=str(error))

    def _page(self, read: _Read) -> ImportedPage:
        """Raises OSError."""
        article, capture, entry = read.article, read.capture, read.entry
        if article is None or capture is None:
            raise TypeError("only what was read as an article is kept")
        ref = self._put(entry, capture) if article.is_kept else None
        return ImportedPage(
            outlet_key=entry.outlet.key,
            candidate=entry.candidate,
            capture=capture,
            body_ref=ref,
            extraction=article.extraction,
            article_url=article.url,
            article_key=article.key,
            is_variant=article.is_variant,
            base=article.base,
            pictures=tuple(self._put_picture(entry, each) for each in read.pictures) if article.is_kept else (),
            further=tuple((other, self._put(entry, other)) for other in article.further) if article.is_kept else (),
        )

    def _put_picture(self, entry: Entry, capture: Capture) -> Answer:
        kind = AnswerKind.PICTURE
        told = self._told(entry.place)
        found = Provenance(outlet_key=entry.outlet.key, imported_from=told, kept_as=kind.value)
        return Answer(kind=kind, capture=capture, record=self._store.bodies.put_answer(capture, found, is_whole=True))

    def _put(self, entry: Entry, capture: Capture) -> BodyRef:
        found = Provenance(
            outlet_key=entry.outlet.key,
            candidate_url=entry.candidate.found_url,
            imported_from=self._told(entry.place),
        )
        return self._store.bodies.put(capture, found, self._store.captures.body_of(capture.digest))


def _advanced(state: Import, ends: Sequence[tuple[Entry, str]]) -> Import:
    """How far a file is with these of its captures dealt with."""
    counts = {outlet: dict(reasons) for outlet, reasons in state.counts.items()}
    for entry, reason in ends:
        of_outlet = counts.setdefault(entry.outlet.key, {})
        of_outlet[str(reason)] = of_outlet.get(str(reason), 0) + 1
    return replace(state, position=state.position + len(ends), counts=counts)


def _groups(read: Sequence[_Read]) -> Iterator[list[_Read]]:
    """In order, in transactions in which no candidate and no article is twice."""
    group: list[_Read] = []
    taken: set[int] = set()
    for each in read:
        if taken & each.keys:
            yield group
            group, taken = [], set()
        group.append(each)
        taken |= each.keys
    if group:
        yield group
