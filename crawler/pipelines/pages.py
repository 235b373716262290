"""A page's answer becomes a verdict. Its body is in the archive before it is read, unless it may forbid that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog
from scrapy.crawler import Crawler

from crawler.extract.optouts import in_headers
from crawler.fetch.errors import Stopping
from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.fetch.statuses import NOT_MODIFIED
from crawler.items import PageAnswer
from crawler.pipelines.bases import Bases
from crawler.pipelines.body import Unreadable, is_page
from crawler.pipelines.children import LOST_TASK, Children, deaths_of
from crawler.pipelines.identity import identity, key_of
from crawler.pipelines.judgement import Judge
from crawler.pipelines.keeping import Keeper
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.leaves import Leaves
from crawler.pipelines.not_found import NotFoundPages
from crawler.pipelines.obedience import forbidden_by, keeps_page
from crawler.pipelines.outgoing import body_of_answer
from crawler.pipelines.past import Past
from crawler.pipelines.tasks import PoolClosed
from crawler.pipelines.whole import whole_article
from crawler.session import Session
from storage.records import BodyRef, Capture, Extraction, Reason, Verdict

log = structlog.get_logger(__name__)


class PageReader:
    """Reads the pages of one crawl."""

    def __init__(self, crawler: Crawler, session: Session, judge: Judge, not_found: NotFoundPages) -> None:
        self._crawler = crawler
        self._session = session
        self._not_found = not_found
        self._children = Children(crawler)
        self._past = Past(session.store.lines)
        self._bases = Bases(session.store.captures, session.store.bodies, self._past, self._children)
        self._judge = judge
        self._keeper = Keeper(session)

    async def read(self, answer: PageAnswer) -> Verdict | None:
        """What became of a candidate by this answer; None while the worker is being stopped: it stays pending."""
        pending, capture = answer.work.pending, answer.capture
        if not is_page(answer.content_type):
            detail = f"its type is {answer.content_type}"
            return self._judge.ended(pending, capture.fetched_at, Reason.NOT_AN_ARTICLE, detail)
        verdict = await (self._read_obediently(answer) if self._session.obeyed else self._read_kept(answer))
        if verdict is None or verdict.extraction is None:
            return verdict
        if verdict.extraction.pagination is None:
            return await self._with_base(answer, verdict, verdict.extraction)
        leaves = Leaves(self._crawler, answer, verdict.extraction, self._read_leaf)
        try:
            return await self._complete(answer, verdict, verdict.extraction, leaves)
        except (Stopping, PoolClosed):
            return None  # the worker is being stopped: it stays pending

    async def _with_base(self, answer: PageAnswer, verdict: Verdict, read: Extraction) -> Verdict | None:
        """The verdict with what it is compared with; None as `read` says."""
        article_id, work = verdict.pending.article_id, answer.work
        if article_id is None:
            return verdict
        hints, at = work.pending.candidate.hints, answer.capture.fetched_at
        try:
            base = await self._bases.of(article_id, work.outlet, hints, read.extractor, at)
        except PoolClosed:
            return None
        return replace(verdict, base=base)

    async def kept(self, verdict: Verdict, capture: Capture) -> Verdict | None:
        """A verdict with the answer that it rests on kept, unless that forbids it; None as `read` says."""
        if not keeps_page(in_headers(capture.headers), self._session.obeyed):
            return replace(verdict, capture=None)
        if capture.status == NOT_MODIFIED:
            found = await self._keeper.unchanged(verdict.pending, capture)
            return replace(verdict, capture=found[0], body_ref=found[1]) if found else replace(verdict, capture=None)
        ref = await self._keeper.page(verdict.pending, capture)
        return replace(verdict, body_ref=ref) if ref else None

    async def with_hops(self, verdict: Verdict | None, trail: Sequence[Capture]) -> Verdict | None:
        """A verdict with the redirects that led to its page kept, where the page itself is; None as `read` says."""
        if verdict is None or verdict.body_ref is None or not trail:
            return verdict
        hops = await self._keeper.hops(verdict.pending, trail)
        return None if hops is None else replace(verdict, hops=hops)

    async def _read_kept(self, answer: PageAnswer) -> Verdict | None:
        ref = await self._keeper.page(answer.work.pending, answer.capture)
        verdict = await self._extract(answer) if ref else None
        return verdict and replace(verdict, capture=answer.capture, body_ref=ref)

    async def _read_obediently(self, answer: PageAnswer) -> Verdict | None:
        """Reads a page before it is kept, as it may say itself that it must not be. A crash then costs a fetch."""
        verdict = await self._extract(answer)
        if verdict is None:
            return None
        if verdict.extraction is None:
            return verdict  # what its head asks nobody knows
        opt_outs = verdict.extraction.opt_outs
        forbidden = forbidden_by(opt_outs, self._session.obeyed)
        if forbidden is not None:
            detail = f"{forbidden.rule} says {forbidden.name}"
            return self._judge.ended(verdict.pending, verdict.at, Reason.OPTED_OUT, detail)
        if not keeps_page(opt_outs, self._session.obeyed):
            return verdict
        ref = await self._keeper.page(answer.work.pending, answer.capture)
        return replace(verdict, capture=answer.capture, body_ref=ref) if ref else None

    async def _complete(self, answer: PageAnswer, verdict: Verdict, own: Extraction, leaves: Leaves) -> Verdict:
        """The verdict on one page made that on the whole article. Raises Stopping, PoolClosed and StorageError.

        A page 2 or later whose article is known ends as seen; else page 1 is read for it, and the article begins there.
        """
        pending, now, place = verdict.pending, verdict.at, own.pagination
        first, final_url = own, answer.capture.final_url
        if place is not None and place.number > 1:
            url = dict(place.others)[1]
            is_page_of = f"page {place.number} of {url}"
            key = key_of(url, answer.work.outlet)
            if key is None:
                return verdict
            if not pending.is_again and await self._is_known(key, pending.outlet_key):
                return self._kept_with(verdict, self._judge.seen(pending, now, key, is_page_of))
            read = await leaves.read(url)
            if isinstance(read, str) or read.rejected:
                why = read if isinstance(read, str) else read.rejected
                return self._kept_with(verdict, self._judge.retried(pending, now, f"{is_page_of}, which: {why}"))
            first, final_url = read, leaves.places.get(url, url)
        whole, problem = await whole_article(first, leaves.read)
        if problem and pending.is_again:  # what is stored may be whole: a reading that is not must not replace it
            return self._kept_with(verdict, self._judge.retried(pending, now, problem))
        url, key = identity(answer.work.outlet, pending.candidate, final_url, first)
        return replace(
            verdict, extraction=whole, article_url=url, article_key=key, further=tuple(leaves.kept),
            is_variant=key not in (pending.candidate.key, key_of(final_url, answer.work.outlet)),
        )  # fmt: skip

    async def _is_known(self, key: int, outlet_key: str) -> bool:
        known_keys = self._session.store.crawl.known_keys
        return bool(await asyncio.to_thread(known_keys, [key], outlet_key))

    @staticmethod
    def _kept_with(read: Verdict, ended: Verdict) -> Verdict:
        """An end without an article, the page that was read kept."""
        return replace(ended, capture=read.capture, body_ref=read.body_ref)

    async def _read_leaf(self, answer: PageAnswer) -> tuple[BodyRef | None, Extraction | str]:
        """Keeps and reads a further page. Raises Stopping and PoolClosed."""
        if not is_page(answer.content_type):
            return None, f"its type is {answer.content_type}"
        try:
            read = await self._read_in_child(answer)
        except LOST_TASK as error:
            return None, f"extraction: {error}"
        if isinstance(read, Unreadable):
            return None, read.detail
        forbidden = forbidden_by(read.opt_outs, self._session.obeyed)
        if forbidden is not None:
            return None, f"{forbidden.rule} says {forbidden.name}"
        if not keeps_page(read.opt_outs, self._session.obeyed):
            return None, read
        ref = await self._keeper.page(answer.work.pending, answer.capture)
        if ref is None:
            raise Stopping("the worker is being stopped")
        return ref, read

    async def _extract(self, answer: PageAnswer) -> Verdict | None:
        pending, capture = answer.work.pending, answer.capture
        now = capture.fetched_at
        try:
            read = await self._read_in_child(answer)
        except LOST_TASK as error:
            ended = self._judge.ended(pending, now, Reason.UNREADABLE, f"extraction: {error}")
            return replace(ended, deaths=deaths_of(error))
        except PoolClosed:
            return None  # the worker is being stopped: it stays pending
        if isinstance(read, Unreadable):
            if read.is_too_large:
                return self._judge.ended(pending, now, Reason.TOO_LARGE, read.detail)
            return self._judge.retried(pending, now, read.detail)
        if against := await self._reason_against(answer, read):
            return self._judge.ended(pending, now, *against)
        url, key = identity(answer.work.outlet, pending.candidate, capture.final_url, read)
        is_variant = key not in (pending.candidate.key, key_of(capture.final_url, answer.work.outlet))
        return Verdict(
            pending=pending, at=now, extraction=read, article_url=url, article_key=key, is_variant=is_variant
        )

    async def _reason_against(self, answer: PageAnswer, read: Extraction) -> tuple[Reason, str] | None:
        """Why a page that was read is no article."""
        capture = answer.capture
        if told := await self._not_found.is_one(answer.work, capture.final_url, read, capture.fetched_at):
            return Reason.GONE, told
        return (read.rejected_as or Reason.NOT_AN_ARTICLE, read.rejected) if read.rejected else None

    async def _read_in_child(self, answer: PageAnswer) -> Extraction | Unreadable:
        """Raises what the pool raises."""
        outlet, now = answer.work.outlet, answer.capture.fetched_at
        known = Knowledge(
            hints=answer.work.pending.candidate.hints,
            outlet=outlet,
            now=now,
            repeated=await self._past.of(outlet.key, now),
            opt_outs=answer.opt_outs,
        )
        body = body_of_answer(answer, MAX_PAGE_BYTES)
        read: Extraction | Unreadable = await self._children.run(
            "read_page", body, answer.capture.final_url, known, owner=outlet.key
        )
        return read
