"""Hebrew that was written down as it looks, from left to right, put back into the order in which it is read.

ISO-8859-8 without "-i" means that by its standard, but most pages that carry the label are in reading order; so the
text itself is asked. Five letters have a form for the end of a word: where they begin words, the text is reversed.
"""

from __future__ import annotations

import re

_ENDS = "ךםןףץ"
_BEGINS_WITH_END = re.compile(rf"(?<![\u05d0-\u05ea])[{_ENDS}](?=[\u05d0-\u05ea])")
_ENDS_WITH_END = re.compile(rf"(?<=[\u05d0-\u05ea])[{_ENDS}](?![\u05d0-\u05ea])")
_TEXT_OR_TAG = re.compile(r"(<[^<>]*>|\n|&[#\w]{1,32};)")
#: What stays as it is within a reversed line: words of Latin letters, numbers, addresses.
_LEFT_TO_RIGHT = re.compile(r"[A-Za-z0-9](?:[\w.,:/@%+'-]*[A-Za-z0-9%])?", re.ASCII)
_HEBREW = re.compile(r"[\u05d0-\u05ea]")
_MIRRORED = str.maketrans("()[]{}«»", ")(][}{»«")
_MIN_TELLING = 3


def is_visual(text: str) -> bool:
    """Whether Hebrew text stands in the order in which it looks."""
    begins = sum(1 for _ in _BEGINS_WITH_END.finditer(text))
    return begins >= _MIN_TELLING and begins > 2 * sum(1 for _ in _ENDS_WITH_END.finditer(text))


def in_reading_order(html: str) -> str:
    """The text of a page in visual order, each line of it between two tags turned round."""
    return "".join(
        part if index % 2 or not _HEBREW.search(part) else _turned(part)
        for index, part in enumerate(_TEXT_OR_TAG.split(html))
    )


def _turned(line: str) -> str:
    body = line.strip()
    before = line[: len(line) - len(line.lstrip())]
    after = line[len(line.rstrip()) :]
    turned = body[::-1].translate(_MIRRORED)
    return before + _LEFT_TO_RIGHT.sub(lambda found: found[0][::-1], turned) + after
