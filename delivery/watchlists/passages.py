"""Where an article answered a query, for a person: passages with the words that count marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from delivery.watchlists.document import Subject, document_of
from delivery.watchlists.matching import Matcher, spans_of
from delivery.watchlists.query import Query, TextField
from storage.folding import fold_finely

_PIECES = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+[^\W_]*)*")
#: Between two marked words, as in "Bashar al-Assad", "U.N.", צה״ל.
_JOINTS = ("", " ", "\u200c", "-", "\u05be", ".", "'", "\u2019", '"', "\u05f4")
#: Words before and after what is marked.
_AROUND = 12
_MOST_PASSAGES = 5
#: More are never needed for so few passages.
_MOST_MARKS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a passage."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a field's text in one line; what was cut off before and after it is shown by an ellipsis."""

    field: TextField
    parts: tuple[Part, ...]

    def text(self, before: str = "", after: str = "") -> str:
        """The passage as plain text, with what to put before and after each mark."""
        return "".join(f"{before}{part.text}{after}" if part.is_marked else part.text for part in self.parts)


def passages_of(query: Query, subject: Subject, matcher: Matcher | None = None) -> list[Passage]:
    """The first passages in which an article answers a query; `matcher` is one of it alone, made anew without.

    Empty where it does not, or does so by facts alone (outlet:, lang:, NOT).
    """
    document = document_of(subject)
    marked: dict[TextField, set[int]] = {}
    for (start, end), field in spans_of(query, subject, document, matcher)[:_MOST_MARKS]:
        begin = document.starts[list(TextField).index(field)]
        before = document.word_at(begin) + 1
        marked.setdefault(field, set()).update(
            range(document.word_at(start) - before, document.word_at(end) - before + 1)
        )
    found: list[Passage] = []
    for field in TextField:
        if field in marked and len(found) < _MOST_PASSAGES:
            text = subject.text_of(field)
            found += _cut(field, text, list(_placed(text)), sorted(marked[field]))
    return found[:_MOST_PASSAGES]


def _placed(text: str) -> Iterator[tuple[int, int]]:
    """For each folded word of a text, in order, where it stands: start and end."""
    for piece in _PIECES.finditer(text):
        count = len(fold_finely(piece[0]).split())
        if not count:
            continue
        inner = [(piece.start() + each.start(), piece.start() + each.end()) for each in _WORD.finditer(piece[0])]
        if len(inner) != count:  # such as ligatures and joiners: the whole piece stands for each of its words
            whole = (inner[0][0], inner[-1][1]) if inner else piece.span()
            inner = [whole] * count
        yield from inner


def _cut(field: TextField, text: str, placed: Sequence[tuple[int, int]], marked: Sequence[int]) -> Iterator[Passage]:
    """Passages around marked words, those that would overlap as one."""
    groups: list[list[int]] = []
    for number in marked:
        if number >= len(placed):
            continue
        if groups and number - groups[-1][-1] <= 2 * _AROUND:
            groups[-1].append(number)
        else:
            groups.append([number])
    for group in groups:
        first, last = max(0, group[0] - _AROUND), min(len(placed) - 1, group[-1] + _AROUND)
        start = 0 if first == 0 else placed[first][0]
        end = len(text) if last == len(placed) - 1 else placed[last][1]
        yield Passage(field=field, parts=tuple(_parts(text, start, end, sorted({placed[n] for n in group}))))


def _parts(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> Iterator[Part]:
    at = start
    opening = "… " if start else ""
    for mark_start, mark_end in _joined(text, marks):
        between = opening + _one_line(text[at:mark_start])
        opening = ""
        if between:
            yield Part(text=between)
        yield Part(text=_one_line(text[mark_start:mark_end]), is_marked=True)
        at = mark_end
    closing = _one_line(text[at:end]) + (" …" if end < len(text) else "")
    if closing:
        yield Part(text=closing)


def _joined(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Marks with nothing but a space, or what joins the parts of a name, between them are one."""
    found: list[tuple[int, int]] = []
    for start, end in marks:
        if found and text[found[-1][1] : start] in _JOINTS:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _one_line(text: str) -> str:
    """White space as single spaces, also at the ends."""
    return re.sub(r"\s+", " ", text)
