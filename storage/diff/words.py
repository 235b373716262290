"""A word-level diff of two texts, as spans that a page, a command or a program can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.diff.matching import MAX_STEPS, matching_blocks
from storage.diff.tokens import PARAGRAPH, Token, tokens_of

#: Texts are compared up to so many characters, about 35,000 words; what lies beyond is told of, and not shown.
MAX_CHARS = 200_000
#: Fewer kept words than this between two changes that are longer are shown as changed too: single words that happen to
#: stand in both make a rewritten sentence unreadable.
_FEW_WORDS = 2
_LONG_WORDS = 4


class Edit(StrEnum):
    """What became of a span."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Span:
    """Words with one fate; `text` holds blank lines where paragraphs end."""

    edit: Edit
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordDiff:
    """The spans of two texts, in order: without the added ones the old text, without the removed ones the new.

    White space, and the variants of quotes and dashes, make no difference: a same span is as the new text has it.
    """

    spans: tuple[Span, ...]
    is_whole: bool  # whether both were compared to their ends, and as finely as can be
    added: int  # words
    removed: int

    @property
    def is_same(self) -> bool:
        """Whether no word differs."""
        return all(span.edit is Edit.SAME for span in self.spans)

    def paragraphs(self) -> list[tuple[Span, ...]]:
        """The spans of each paragraph, those of both texts; none holds a blank line."""
        found: list[list[Span]] = [[]]
        for span in self.spans:
            pieces = span.text.split(PARAGRAPH)
            for number, piece in enumerate(pieces):
                if number:
                    found.append([])
                if piece:
                    found[-1].append(Span(span.edit, piece))
        return [tuple(spans) for spans in found if spans]


def word_diff(old: str, new: str, *, max_steps: int = MAX_STEPS) -> WordDiff:
    """Which words went and which came. `max_steps` caps the search (`storage.diff.matching`)."""
    ours, theirs = tokens_of(old[:MAX_CHARS]), tokens_of(new[:MAX_CHARS])
    blocks, is_fine = matching_blocks([t.key for t in ours], [t.key for t in theirs], max_steps)
    changes = list(_changes(ours, theirs, blocks))
    return WordDiff(
        spans=tuple(_spans(changes)),
        is_whole=is_fine and max(len(old), len(new)) <= MAX_CHARS,
        added=sum(_words(change.added) for change in changes),
        removed=sum(_words(change.removed) for change in changes),
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """What went and what came in one place, and what both have behind it."""

    removed: Sequence[Token]
    added: Sequence[Token]
    kept_old: Sequence[Token]
    kept_new: Sequence[Token]


def _changes(
    ours: Sequence[Token], theirs: Sequence[Token], blocks: Sequence[tuple[int, int, int]]
) -> Iterator[_Change]:
    at, there = 0, 0
    for i, j, size in [*_readable(blocks, len(ours), len(theirs)), (len(ours), len(theirs), 0)]:
        yield _Change(ours[at:i], theirs[there:j], ours[i : i + size], theirs[j : j + size])
        at, there = i + size, j + size


def _spans(changes: Sequence[_Change]) -> Iterator[Span]:
    """Spans whose white space lies where neither text loses any that parts two words."""
    lead_old = lead_new = ""  # the space before the change, where only one of the texts has it
    for number, change in enumerate(changes):
        removed, added = lead_old + _text(change.removed), lead_new + _text(change.added)
        kept = _text(change.kept_new)
        if number and not change.removed and lead_old and added.endswith(" "):
            added, kept = added[:-1], " " + kept  # "a b" and "a, b": the old text needs it too
        elif number and not change.added and lead_new and removed.endswith(" "):
            removed, kept = removed[:-1], " " + kept
        lead_old = lead_new = ""
        following = changes[number + 1] if number + 1 < len(changes) else None
        if change.kept_new and following and (following.removed or following.added):
            old_space, new_space = change.kept_old[-1].space, change.kept_new[-1].space
            if old_space != new_space:
                kept, lead_old, lead_new = kept.removesuffix(" "), old_space, new_space
        for edit, text in ((Edit.REMOVED, removed), (Edit.ADDED, added), (Edit.SAME, kept)):
            if text:
                yield Span(edit, text)


def _readable(blocks: Sequence[tuple[int, int, int]], old: int, new: int) -> list[tuple[int, int, int]]:
    """The blocks without very short ones between long changes."""
    kept: list[tuple[int, int, int]] = []
    for number, (i, j, size) in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else (old, new, 0)
        before = kept[-1] if kept else (0, 0, 0)
        gap_before = min(i - before[0] - before[2], j - before[1] - before[2])
        gap_after = min(after[0] - i - size, after[1] - j - size)
        if size < _FEW_WORDS and gap_before >= _LONG_WORDS and gap_after >= _LONG_WORDS:
            continue
        kept.append((i, j, size))
    return kept


def _text(tokens: Sequence[Token]) -> str:
    return "".join(token.text + token.space for token in tokens)


def _words(tokens: Sequence[Token]) -> int:
    return sum(any(sign.isalnum() for sign in token.text) for token in tokens)
