"""OPML in and out: subscription lists that feed readers share (OPML 1.0, 1.1 and 2.0).

The file is not trusted: a document type declaration is refused before an entity can be declared, nothing
is fetched, and sizes are capped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ada_url
from lxml import etree

from crawler.codes import COUNTRIES, language_code, only_zone
from crawler.outlets.values import Unfit, check_address, check_kind, same_address
from crawler.sites import free_key, host_of, site_label, site_of
from storage.records import Outlet, OutletSource, SourceKind

MAX_OPML_BYTES = 16 * 1024 * 1024
MAX_SOURCES = 5_000
MAX_PROBLEMS = 100
MAX_NAME_LENGTH = 200
NAMESPACE = "urn:presswatch:opml"

# control, surrogate, unassigned (XML refuses U+FFFE), line and paragraph separators
_NOT_SHOWN = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})

# These hosts carry feeds of others, so they tell nothing of a feed's site.
_FEED_HOSTS = frozenset({"feedburner.com", "feedblitz.com", "feedpress.me", "rss.app", "rsshub.app", "google.com"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlImport:
    """What a subscription list holds; each problem is a sentence for a person."""

    outlets: tuple[Outlet, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One subscription: `site` is what it is grouped by."""

    site: str
    source: OutletSource
    title: str
    home: str
    languages: tuple[str, ...]
    country: str | None


class _RefusedDoctype(Exception):
    """The file declares a document type."""


@dataclass
class _Collector:
    """Receives the parser's events, so that no tree is built of a file that may be anything."""

    entries: list[_Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    root: str = ""

    def doctype(self, name: str, public_id: str, system: str) -> None:
        raise _RefusedDoctype

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.root = self.root or tag
        if tag.lower() == "outline" and len(self.entries) < MAX_SOURCES:
            self._outline(attributes)

    def end(self, tag: str) -> None:
        """Outlines nest as folders, which mean nothing to us."""

    def close(self) -> _Collector:
        return self

    def _outline(self, attributes: Mapping[str, str]) -> None:
        # Readers disagree on the case of names: xmlUrl, xmlurl, XMLURL.
        lower = {name.lower(): value for name, value in attributes.items()}
        kind = lower.get(f"{{{NAMESPACE}}}kind")
        address = lower.get("xmlurl") or (lower.get("url") if kind else None)
        if not address:
            return
        title = _clean(html.unescape(lower.get("title") or lower.get("text") or ""))
        try:
            source = OutletSource(kind=check_kind(kind) if kind else SourceKind.FEED, url=_address(address))
        except Unfit as unfit:
            self._problem(f'"{title or "an outline without a title"}" was left out: {unfit.what}; {unfit.remedy}.')
            return
        self.entries.append(_entry(lower, source, title))

    def _problem(self, text: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text)


def read_opml(body: bytes, taken_keys: Collection[str] = ()) -> OpmlImport:
    """Reads a subscription list. Feeds of one site (registrable domain) are one outlet.

    Never raises: what cannot be read is told as a problem, and what can be read is there all the same.
    Keys differ from each other and from those taken.
    """
    if len(body) > MAX_OPML_BYTES:
        return _failed(f"The file has {len(body)} bytes; at most {MAX_OPML_BYTES} are read. Split it and try again.")
    try:
        try:
            return _import(_parse(body, recover=False), taken_keys)
        except etree.XMLSyntaxError as error:
            told = f"Line {error.lineno or 1} is not valid XML ({error.msg}); what could be read was taken."
            return _import(_parse(_mend_ampersands(body), recover=True), taken_keys, told)
    except _RefusedDoctype:
        return _failed(
            "The file has a document type declaration, which is refused since it can make a small file grow "
            "without end. Remove <!DOCTYPE ...> and try again."
        )
    except (etree.LxmlError, ValueError, AssertionError) as error:
        return _failed(f"The file is not XML that can be read ({error}). Export it once more as OPML.")


def write_opml(outlets: Iterable[Outlet]) -> bytes:
    """A subscription list in OPML 2.0: feeds as readers know them; other sources as links, which readers
    pass over. Attributes of our own namespace tell which belong to one outlet.
    """
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"pw": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Outlets of Presswatch"
    body = etree.SubElement(root, "body")
    for outlet in outlets:
        for source in outlet.sources:
            etree.SubElement(body, "outline", _attributes(outlet, source))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _attributes(outlet: Outlet, source: OutletSource) -> dict[str, str]:
    name = _clean(outlet.name)
    common = {"text": name, "title": name, "htmlUrl": outlet.home_url, f"{{{NAMESPACE}}}outlet": outlet.key}
    labels = [f"/language/{code}" for code in outlet.languages]
    if outlet.country:
        labels.append(f"/country/{outlet.country}")
    if labels:
        common["category"] = ",".join(labels)
    if outlet.languages:
        common["language"] = outlet.languages[0]
    if source.kind is SourceKind.FEED:
        return {"type": "rss", **common, "xmlUrl": source.url}
    return {"type": "link", **common, "url": source.url, f"{{{NAMESPACE}}}kind": source.kind.value}


def _parse(body: bytes, *, recover: bool) -> _Collector:
    collector = _Collector()
    target: Any = collector  # the stubs want str | bytes where the parser gives str
    # Entities are resolved for the &amp; of addresses; declaring others is refused above.
    parser = etree.XMLParser(
        target=target, resolve_entities=True, no_network=True, load_dtd=False, huge_tree=False, recover=recover
    )
    parser.feed(body)
    parser.close()
    return collector


def _mend_ampersands(body: bytes) -> bytes:
    """Escapes what programs often forget to: the bare & of an address or title."""
    return re.sub(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)", b"&amp;", body)


def _entry(attributes: Mapping[str, str], source: OutletSource, title: str) -> _Entry:
    try:
        home = _address(attributes.get("htmlurl", ""))
    except Unfit:
        home = ""
    site = site_of(home or source.url)
    key = attributes.get(f"{{{NAMESPACE}}}outlet")
    if key:
        site = f"outlet {key}"
    elif not home and site in _FEED_HOSTS:
        site = source.url
    labels = attributes.get("category", "")
    named = [language_code(code) for code in re.findall(r"/language/([a-z]{2})\b", labels)]
    named = named or [language_code(attributes.get("language", ""))]
    countries = [code for code in re.findall(r"/country/([A-Z]{2})\b", labels) if code in COUNTRIES]
    return _Entry(
        site=site,
        source=source,
        title=title,
        home=home,
        languages=tuple(code for code in named if code),
        country=countries[0] if countries else None,
    )


def _outlets(entries: Iterable[_Entry], taken_keys: Collection[str]) -> Iterable[Outlet]:
    sites: dict[str, dict[str, _Entry]] = {}
    seen: set[str] = set()
    for entry in entries:
        address = same_address(entry.source.url)
        if address not in seen:
            seen.add(address)
            sites.setdefault(entry.site, {})[address] = entry
    taken = set(taken_keys)
    for site, members in sites.items():
        outlet = _outlet(site, list(members.values()), taken)
        taken.add(outlet.key)
        yield outlet


def _outlet(site: str, entries: list[_Entry], taken: Collection[str]) -> Outlet:
    homes = [entry.home for entry in entries if entry.home]
    home = min(homes, key=len) if homes else _origin(entries[0].source.url)
    wish = site.removeprefix("outlet ") if site.startswith("outlet ") else site_label(home)
    languages = dict.fromkeys(code for entry in entries for code in entry.languages)
    country = next((entry.country for entry in entries if entry.country), None)
    return Outlet(
        key=free_key(wish, taken),
        name=_common_name([entry.title for entry in entries if entry.title]) or host_of(home),
        home_url=home,
        country=country,
        languages=tuple(languages),
        timezone=only_zone(country),
        sources=tuple(entry.source for entry in entries),
    )


def _common_name(titles: list[str]) -> str:
    """What the titles of one outlet's feeds begin with ("BBC News" of "BBC News - World", "BBC News - Asia")."""
    if len(titles) < 2:  # noqa: PLR2004 - one has nothing in common
        return "".join(titles)
    words = [title.split(" ") for title in titles]
    alike = len(words[0])
    for other in words[1:]:
        pairs = zip(words[0][:alike], other, strict=False)
        alike = next((i for i, (one, two) in enumerate(pairs) if one != two), min(alike, len(other)))
    common = " ".join(words[0][:alike]).strip(
        " -\N{EN DASH}\N{EM DASH}|:/>\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    )
    return common if len(common) > 2 else min(titles, key=len)  # noqa: PLR2004 - shorter is no name


def _address(text: str) -> str:
    """An address as lists write them: blanks around it, feed: before it, a fragment behind it. Raises Unfit."""
    url = re.sub(r"^feed:(?://)?(?=https?:)", "", text.strip(), flags=re.IGNORECASE)
    url = re.sub(r"^feed://", "http://", url, flags=re.IGNORECASE)
    return check_address(url.partition("#")[0])


def _origin(url: str) -> str:
    parts = ada_url.URL(url)
    return f"{parts.protocol}//{parts.host}/"


def _clean(text: str) -> str:
    """A name on one line, without characters that TOML, XML or a screen cannot show."""
    kept = "".join(" " if unicodedata.category(c) in _NOT_SHOWN else c for c in text)
    return " ".join(kept.split())[:MAX_NAME_LENGTH].strip()


def _failed(problem: str) -> OpmlImport:
    return OpmlImport(problems=(problem,))


def _import(collector: _Collector, taken_keys: Collection[str], told: str | None = None) -> OpmlImport:
    problems = list(collector.problems)
    if collector.root.lower() != "opml":
        root = f"its first element is <{collector.root[:80]}>" if collector.root else "it holds no element"
        problems.insert(0, f"The file is not OPML: {root}. Export the list of subscriptions once more.")
    elif told:
        problems.insert(0, told)
    if len(collector.entries) >= MAX_SOURCES:
        problems.append(f"Only the first {MAX_SOURCES} feeds were taken. Split the file and import the rest.")
    if not (collector.entries or problems):
        problems.append("The file lists no feeds: no outline has an xmlUrl. Export the list of subscriptions.")
    return OpmlImport(outlets=tuple(_outlets(collector.entries, taken_keys)), problems=tuple(problems))
