"""What is kept of a sitemap while it is read: entries as candidates, child sitemaps, the newest time."""

from __future__ import annotations

from datetime import datetime

from crawler.discovery.collector import NO_HINTS, Collector
from crawler.discovery.errors import BadUrl
from crawler.discovery.moments import is_later, read_moment
from crawler.discovery.plaintext import plain_text, primary_language
from crawler.discovery.urls import fetch_url, is_within, registrable_domain
from storage.records import Discovery, Hints, Moment, Outlet, SitemapRef


class SitemapList:
    """Takes entries and children one by one; keeps those that may be new since the last visit."""

    def __init__(self, *, url: str, outlet: Outlet, since: datetime | None, limit: int) -> None:
        self._url = url
        self._outlet = outlet
        self._since = since
        self._limit = limit
        self._collector = Collector(outlet, url)
        self._children: dict[str, SitemapRef] = {}
        self._newest: datetime | None = None
        self.is_full = False

    def add_entry(self, fields: dict[str, str]) -> None:
        """One entry: `loc`, and where stated `lastmod`, `title`, `publication_date`, `language`."""
        modified = self._moment(fields.get("lastmod"), "sitemap lastmod")
        published = self._moment(fields.get("publication_date"), "news sitemap")
        if not fields.get("loc", "").strip() or self._is_known(modified, published):
            return
        if len(self._collector) >= self._limit:
            self.is_full = True
            return
        title = plain_text(fields.get("title", ""), is_html=True) or None
        language = primary_language(fields.get("language", ""))
        if title or language or modified or published:
            hints = Hints(title=title, published=published, modified=modified, language=language)
        else:
            hints = NO_HINTS
        self._collector.add(fields["loc"], hints)

    def add_child(self, fields: dict[str, str]) -> None:
        """One sitemap of an index: `loc` and, where stated, `lastmod`. One at another site is left out, since an
        index speaks for its own site only.
        """
        modified = self._moment(fields.get("lastmod"), "sitemap lastmod")
        if self._is_known(modified):
            return
        if len(self._children) >= self._limit:
            self.is_full = True
            return
        try:
            url = fetch_url(fields.get("loc", ""), base=self._url)
        except BadUrl:
            return
        if is_within(self._outlet, url) or registrable_domain(url) == registrable_domain(self._url):
            self._children.setdefault(url, SitemapRef(url=url, lastmod=modified.at if modified else None))

    def discovery(self, truncated: str | None) -> Discovery:
        """All that was kept."""
        dated = [child for child in self._children.values() if child.lastmod is not None]
        undated = [child for child in self._children.values() if child.lastmod is None]
        dated.sort(key=_time_of, reverse=True)
        return Discovery(
            candidates=self._collector.candidates(),
            sitemaps=(*dated, *undated),
            newest=self._newest,
            truncated=f"more than {self._limit} entries" if self.is_full else truncated,
        )

    def _moment(self, text: str | None, rule: str) -> Moment | None:
        moment = read_moment(text, rule=rule, outlet=self._outlet) if text else None
        if moment is not None and (self._newest is None or moment.at > self._newest):
            self._newest = moment.at
        return moment

    def _is_known(self, *moments: Moment | None) -> bool:
        """Whether every time that is stated lies before the last visit's newest; never when none is stated."""
        since = self._since
        stated = [moment for moment in moments if moment is not None]
        return since is not None and bool(stated) and not any(is_later(moment, since) for moment in stated)


def _time_of(child: SitemapRef) -> float:
    return child.lastmod.timestamp() if child.lastmod is not None else 0.0
