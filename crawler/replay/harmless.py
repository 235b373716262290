"""Any HTML in, harmless HTML out: words and their order stay, what acts, asks or hides goes, and is counted.

The page is read as a stream of tags and every tag that comes out is written here, so what a browser makes of it is made
of `KEPT` elements and a handful of attributes alone, however the page was broken. Time and memory grow with its length,
never with its depth. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from lxml import etree

from crawler.addresses import absolute_url
from crawler.extract.burden import without_attribute_floods
from crawler.replay.vocabulary import FORMATTING, KEPT, RENAMED, TAKEN_OUT, UNSEEN, UNWRAPPED, VOID
from storage.records import ReplayedPage

# Of 1,620 real pages none came out with more than 9,448 elements, 0.85 million characters, or 39 levels deep.
MAX_ELEMENTS = 50_000
MAX_CHARS = 8_000_000
MAX_DEPTH = 100
_MAX_ALT_CHARS = 500
_MAX_HREF_CHARS = 2_048
_MAX_SPAN = 100
_MAX_TITLE_CHARS = 500
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{1,8}){0,4}")
_DIRECTIONS = frozenset(["ltr", "rtl", "auto"])
#: Characters that no HTML holds.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


_NO_PICTURES: Mapping[str, str] = MappingProxyType({})


class TooHeavy(Exception):
    """The page has more in it than a browser can be asked to show; the message says what."""


def harmless(text: str, *, url: str, pictures: Mapping[str, str] = _NO_PICTURES) -> ReplayedPage:
    """The page as it can be looked at. `url` is where it was found, `pictures` are data URIs of those that may be shown
    by address. Raises TooHeavy.
    """
    writer: Any = _Writer(url, pictures)
    parser: Any = etree.HTMLParser(target=writer, encoding="utf-8", no_network=True)
    parser.feed(without_attribute_floods(_NO_TEXT.sub("", text)).encode())
    page: ReplayedPage = parser.close()
    return page


def harmless_text(text: str) -> ReplayedPage:
    """What is no HTML (plain text, JSON, XML), as it reads. Raises TooHeavy."""
    shown = escape(_NO_TEXT.sub("", text), quote=False)
    if len(shown) > MAX_CHARS:
        raise TooHeavy(f"it has more than {MAX_CHARS:,} characters")
    return ReplayedPage(html=f"<pre>{shown}</pre>")


class _Writer:
    """Takes the parser's tags and writes those that may stand."""

    def __init__(self, url: str, pictures: Mapping[str, str]) -> None:
        self._base = url
        self._pictures = pictures
        self._out: list[str] = []
        self._chars = self._elements = self._depth = 0
        self._open: list[tuple[str, str]] = []  # as the page calls it; as it was written, "" for not at all
        self._names: Counter[str] = Counter()  # of those
        self._lost_in = 0  # how many of those lie in an element that goes with all that is in it, itself included
        self._removed: Counter[str] = Counter()
        self._title: list[str] | None = None
        self._language: str | None = None
        self._direction: str | None = None

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        """An element begins."""
        self._names[tag] += 1
        if self._lost_in:
            self._lost_in += 1
            self._open.append((tag, ""))
            return
        self._note(tag, given)
        if tag in TAKEN_OUT or tag in UNSEEN:
            self._lost_in = 1
            self._open.append((tag, ""))
            return
        name = RENAMED.get(tag, tag if tag in KEPT else "")
        if name and self._depth >= MAX_DEPTH and name not in VOID:
            self._removed["wrappers that lay too deep"] += 1
            name = ""
        if name:
            self._write(f"<{name}{_attributes(name, given)}{self._address(tag, given)}>")
            self._elements += 1
            self._depth += name not in VOID
        self._open.append((tag, name))

    def end(self, tag: str) -> None:
        """An element ends, and with it all that was begun in it."""
        if not self._names[tag]:
            return
        while self._open:
            last, name = self._open.pop()
            self._names[last] -= 1
            self._lost_in = max(0, self._lost_in - 1)
            self._end(name)
            if last == tag:
                return

    def data(self, text: str) -> None:
        """Words."""
        if not self._lost_in:
            self._write(escape(text, quote=False))
        elif self._open[-1][0] == "title" and self._title is not None:
            self._title.append(text)

    def comment(self, text: str) -> None:
        """Nobody reads it."""

    def pi(self, target: str, text: str | None = None) -> None:
        """Nobody reads it."""

    def close(self) -> ReplayedPage:
        """The whole page."""
        while self._open:
            self._end(self._open.pop()[1])
        return ReplayedPage(
            html="".join(self._out),
            title=" ".join("".join(self._title or ()).split())[:_MAX_TITLE_CHARS],
            language=self._language,
            direction=self._direction,
            removed=tuple(self._removed.most_common()),
        )

    def _end(self, name: str) -> None:
        if name and name not in VOID:
            self._depth -= 1
            self._write(f"</{name}>")

    def _write(self, text: str) -> None:
        self._out.append(text)
        self._chars += len(text)
        if self._elements > MAX_ELEMENTS:
            raise TooHeavy(f"it has more than {MAX_ELEMENTS:,} elements")
        if self._chars > MAX_CHARS:
            raise TooHeavy(f"it has more than {MAX_CHARS:,} characters")

    def _note(self, tag: str, given: Mapping[str, str]) -> None:
        """Counts what is lost with an element, and keeps what it says of the whole page."""
        kind = TAKEN_OUT.get(tag)
        shown = self._picture(given) if tag == "img" and self._pictures else None
        if shown:
            self._out.append(shown)  # its bytes have a cap of their own
            self._elements += 1
        elif kind:
            self._removed[kind] += 1
        elif tag not in KEPT and tag not in RENAMED and tag not in UNSEEN and tag not in UNWRAPPED:
            self._removed["elements of its own making"] += 1
        if tag == "img" and not shown and (alt := given.get("alt", "").strip()):
            self._write(f'<span class="absent">[picture: {escape(alt[:_MAX_ALT_CHARS], quote=False)}]</span>')
            self._elements += 1
        elif tag == "link" and "stylesheet" in given.get("rel", "").lower().split():
            self._removed["style sheets"] += 1
        elif tag == "title" and self._title is None:
            self._title = []
        elif tag == "base" and "href" in given:
            self._base = absolute_url(given["href"], base=self._base)
        elif tag in {"html", "body"}:
            self._language = _language(given) or self._language
            self._direction = _direction(given) or self._direction
        acting = sum(name.startswith("on") for name in given)
        if acting:
            self._removed["event handlers"] += acting

    def _picture(self, given: Mapping[str, str]) -> str | None:
        """The element of a picture that is at hand, by any address that the page gives for it."""
        sets = (given.get(name, "").split(",")[0].split(" ")[0] for name in ("srcset", "data-srcset"))
        for said in (given.get("src", ""), given.get("data-src", ""), *sets):
            if said.strip() and (uri := self._pictures.get(absolute_url(said.strip(), base=self._base))):
                alt = escape(given.get("alt", "").strip()[:_MAX_ALT_CHARS])
                return f'<img src="{uri}" alt="{alt}">'
        return None

    def _address(self, tag: str, given: Mapping[str, str]) -> str:
        """Where a link led, to be read and not followed."""
        href = given.get("href") if tag in {"a", "area"} else None
        if href is None:
            return ""
        self._removed["links that could be followed"] += 1
        target = absolute_url(href.strip()[:_MAX_HREF_CHARS], base=self._base)
        title = f' title="{escape(target)}"' if target.startswith(("http://", "https://")) else ""
        return f' class="link"{title}'


def _attributes(name: str, given: Mapping[str, str]) -> str:
    """Those that a kept element keeps: direction, language, the shape of tables; details are opened."""
    if name in FORMATTING or name in VOID:
        return ""
    kept = {"dir": _direction(given), "lang": _language(given)}
    if name in {"td", "th"}:
        kept |= {side: _span(given.get(side, "")) for side in ("colspan", "rowspan")}
    told = "".join(f' {key}="{value}"' for key, value in kept.items() if value)
    return f"{told} open" if name == "details" else told


def _direction(given: Mapping[str, str]) -> str | None:
    said = given.get("dir", "").strip().lower()
    return said if said in _DIRECTIONS else None


def _language(given: Mapping[str, str]) -> str | None:
    said = (given.get("lang") or given.get("xml:lang") or "").strip()
    return said if _LANGUAGE.fullmatch(said) else None


def _span(said: str) -> str | None:
    return said if said.isascii() and said.isdigit() and len(said) < 4 and 0 < int(said) <= _MAX_SPAN else None  # noqa: PLR2004
