"""Stored pages that revisits refer to: their bodies are in none of the files that are taken in."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime

from control.owners import Owners
from crawler.discovery.collector import judge
from storage.archive.files import SUFFIX, Files
from storage.archive.foreign.digests import ForeignDigest, digest_in, spellings
from storage.archive.foreign.pages import is_coded_alike
from storage.archive.foreign.records import ForeignRecord, bare, moment
from storage.archive.reading import read_member, record_in
from storage.errors import BodyMissing, BodyOutOfReach
from storage.records import KeptPage
from storage.store import Store

#: Bodies that are read for one revisit.
_MOST_READ = 8
#: Pages whose digests are remembered, so that a page is read once, however many revisits are said to be of it.
_REMEMBERED = 100_000


class Originals:
    """Looks them up in an open store.

    Where a revisit tells a digest of its body, that has to hold for what is in the archive; by address and second
    alone a page is taken where none is told.
    """

    def __init__(self, store: Store, files: Files, owners: Owners) -> None:
        self._store = store
        self._files = files
        self._owners = owners
        self._spelled: OrderedDict[tuple[str, str], set[str]] = OrderedDict()

    def of(self, revisit: ForeignRecord) -> KeptPage | None:
        """The page; None where none is stored, or kept, that can be it. Raises BodyOutOfReach."""
        told = revisit.headers.get
        at = moment(told("warc-refers-to-date", ""))
        url = bare(told("warc-refers-to-target-uri", "")) or revisit.url
        digest = digest_in(told("warc-payload-digest", ""))
        if digest is not None:
            return self._with_digest(digest, url, at or revisit.at)
        if at is None:
            return None
        second = at.replace(microsecond=0)
        same = (page for page in self._at(url) if page.capture.fetched_at.replace(microsecond=0) == second)
        return next((page for page in same if is_coded_alike(revisit.opening, page.capture)), None)

    def _with_digest(self, digest: ForeignDigest, url: str, at: datetime | None) -> KeptPage | None:
        pages = self._at(url)
        if at is not None:
            pages.sort(key=lambda page: abs(page.capture.fetched_at - at))
        sha256 = digest.sha256
        by_digest = self._store.imports.page_with(sha256) if sha256 else None
        chosen = [*([by_digest] if by_digest else []), *pages][:_MOST_READ]
        return next((page for page in chosen if self._is(page, digest)), None)

    def _at(self, url: str) -> list[KeptPage]:
        outlet = self._owners.of(url)
        return self._store.imports.pages_at(outlet.key, judge(url, url, outlet).key) if outlet else []

    def _is(self, page: KeptPage, digest: ForeignDigest) -> bool:
        """Whether a page's body is what a digest says, with or without its chunks: tools differ in that."""
        asked = page.capture.digest, digest.kind
        if asked not in self._spelled:
            self._spelled[asked] = {told for data in self._read(page) for told in spellings(digest.kind, data)}
            if len(self._spelled) > _REMEMBERED:
                self._spelled.popitem(last=False)
        return digest.value in self._spelled[asked]

    def _read(self, page: KeptPage) -> list[bytes]:
        """A body without and with its chunks; none where it is not in the archive as it was. Raises BodyOutOfReach."""
        try:
            if not page.ref.segment.endswith(SUFFIX):
                return [self._store.bodies.get(page.ref, page.capture.digest)]
            record = record_in(read_member(self._files, page.ref))
            body = record.body
        except BodyOutOfReach:
            raise
        except BodyMissing:
            return []
        return [body, record.content] if hashlib.sha256(body).hexdigest() == page.capture.digest else []
