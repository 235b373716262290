"""Plain text on its way into a feed: XML-safe, as paragraphs, with its direction."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

from delivery.feeds.records import FeedEntry

# XML 1.0, production [2] Char: what is not in it cannot be written, not even as a reference. The last two
# of each plane and the C1 controls are legal, but discouraged there, and say nothing in a text.
_NOT_XML = re.compile("[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_LINE_ENDS = re.compile(r"\r\n?|\x85")

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left (CLDR, characterOrder), by ISO 639 code."""


def clean(text: str) -> str:
    """Drops the characters that XML 1.0 has no place for, so that every reader can parse the feed."""
    return _NOT_XML.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """`clean` text with every run of white space as one space: for titles, names and URLs."""
    return " ".join(clean(text).split())


def direction(language: str | None) -> str:
    """The value for a `dir` attribute: "rtl", "ltr", or "auto" where the language is not known."""
    if not language:
        return "auto"
    return "rtl" if language.lower().partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def title_of(entry: FeedEntry) -> str:
    """A title that is never empty, as every format asks for one."""
    return one_line(entry.title) or one_line(entry.url) or entry.id


def is_web_url(url: str) -> bool:
    """Whether a URL may be put behind a link: absolute, and http or https, never `javascript:` and its like."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def to_html(text: str, language: str | None) -> str:
    """Text as escaped `<p>` elements, in a `<div>` that tells direction and language."""
    lang = f' lang="{escape(one_line(language))}"' if language else ""
    paragraphs = (paragraph.strip() for paragraph in _BLANK_LINES.split(clean(text)))
    body = "".join(f"<p>{_with_breaks(paragraph)}</p>" for paragraph in paragraphs if paragraph)
    return f'<div dir="{direction(language)}"{lang}>{body}</div>'


def _with_breaks(paragraph: str) -> str:
    return escape(paragraph, quote=False).replace("\n", "<br>")
