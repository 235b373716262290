"""Text of titles, names and anchors: without markup, entities and control characters."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->|<!\[CDATA\[|\]\]>", re.DOTALL)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]+|\s+")
MAX_TITLE_CHARS = 1_000


def plain_text(value: str, *, is_html: bool = False, max_chars: int = MAX_TITLE_CHARS) -> str:
    """One line of text. With `is_html`, tags are taken out and entities decoded."""
    value = value[: max_chars * 8]  # room for markup; what is longer is no title
    if is_html:
        if "<" in value:
            value = _TAG.sub("", value)
        if "&" in value:
            value = html.unescape(value)
    return _UNSEEN.sub(" ", value).strip()[:max_chars]


def primary_language(tag: str) -> str | None:
    """ISO 639 code of a language tag: `en` of `en-US`; None when it is none."""
    code = re.split(r"[-_]", tag.strip(), maxsplit=1)[0].lower()
    return code if code.isascii() and code.isalpha() and len(code) in {2, 3} else None
