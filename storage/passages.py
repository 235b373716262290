"""Two texts side by side: how much of one stands in the other, and the passages that were added and cut.

Pure. Case, accents, vowel points and letter variants make no difference. Sentences are matched first, wherever they
stand, so that paragraphs that were moved count as kept; what is left is matched word by word with its likest
counterpart, so that a changed sentence counts by the words that it keeps.
"""

# ruff: noqa: RUF001
# signs of many scripts

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from storage.folding import fold_finely

#: Texts are compared up to so many characters; what is beyond is told of, and counts as neither kept nor cut.
MAX_CHARS = 120_000
#: So many changed sentences are looked for; past that, what is left counts as cut and added.
MAX_CHANGED = 400
_MAX_SENTENCE_WORDS = 150
_ALIKE = 0.5  # share of words that two sentences share in their order, for one to be the other changed
_GRAM = 2
_END = re.compile(
    r"(?<=[.!?؟۔。！？…])[\"”’»')\]]*\s+(?=[^\sa-zа-яё])|(?<=[。！？])|\n+",
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:\w|[A-Z]\.\w|Mr|Mrs|Ms|Dr|Prof|St|Sen|Rep|Gen|Col|Lt|Gov|Jr|Sr|vs|No|Nos|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|"
    r"Oct|Nov|Dec|bzw|ca|Nr|Abs|usw|etc|Mme|Mgr|Inc|Corp|Co|Ltd|U\.S|U\.N|z\.B|d\.h)\.$"
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a copy kept of a text, word for word, and where it differs. Passages are in the order of their text."""

    words: int  # of the text
    kept: int  # of them that stand in the copy
    added: tuple[str, ...] = ()  # passages of the copy that are not in the text
    cut: tuple[str, ...] = ()  # passages of the text that are not in the copy
    changed: tuple[tuple[str, str], ...] = ()  # sentences as the text has them and as the copy does
    added_sentences: int = 0
    cut_sentences: int = 0
    is_whole: bool = True  # whether the texts were compared to their ends

    @property
    def share(self) -> float:
        """Share of the text's words that stand in the copy, 0 to 1."""
        return self.kept / self.words if self.words else 0.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    place: int
    text: str
    words: tuple[str, ...]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text of any script; a paragraph's end always ends one."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.start()]
        if "\n" not in end[0] and _ABBREVIATION.search(piece[-8:]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if _WORD.search(sentence)]


def compare(text: str, copy: str) -> Comparison:
    """What `copy` kept of `text`. Time grows with the length of both, up to a cap."""
    ours, theirs = _sentences(text), _sentences(copy)
    left, right = _without_same(ours, theirs)
    changed = _changed(left, right)
    gone = {id(old) for old, _, _ in changed}
    come = {id(new) for _, new, _ in changed}
    cut = [sentence for sentence in left if id(sentence) not in gone]
    added = [sentence for sentence in right if id(sentence) not in come]
    words = sum(len(sentence.words) for sentence in ours)
    lost = sum(len(sentence.words) for sentence in left) - sum(kept for _, _, kept in changed)
    return Comparison(
        words=words,
        kept=words - lost,
        added=_passages(added),
        cut=_passages(cut),
        changed=tuple((old.text, new.text) for old, new, _ in changed),
        added_sentences=len(added),
        cut_sentences=len(cut),
        is_whole=max(len(text), len(copy)) <= MAX_CHARS,
    )


def _sentences(text: str) -> list[_Sentence]:
    return [
        _Sentence(place, sentence, words)
        for place, sentence in enumerate(sentences_of(text[:MAX_CHARS]))
        if (words := tuple(fold_finely(sentence).split()))
    ]


def _without_same(ours: Sequence[_Sentence], theirs: Sequence[_Sentence]) -> tuple[list[_Sentence], list[_Sentence]]:
    """Both without the sentences that stand, word for word, in the other, wherever; each counts once."""
    there, here = Counter(s.words for s in theirs), Counter(s.words for s in ours)
    return _beyond(ours, there), _beyond(theirs, here)


def _beyond(sentences: Iterable[_Sentence], others: Counter[tuple[str, ...]]) -> list[_Sentence]:
    left = []
    for sentence in sentences:
        if others[sentence.words] > 0:
            others[sentence.words] -= 1
        else:
            left.append(sentence)
    return left


def _changed(left: Sequence[_Sentence], right: Sequence[_Sentence]) -> list[tuple[_Sentence, _Sentence, int]]:
    """(old, new, words kept) of sentences that are each other's likest, the first of the text first."""
    grams: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    for number, sentence in enumerate(right):
        for gram in _grams(sentence):
            grams[gram].add(number)
    found, taken = [], set[int]()
    for old in left[:MAX_CHANGED]:
        votes = Counter(number for gram in _grams(old) for number in _few(grams.get(gram)) if number not in taken)
        if not votes:
            continue
        number = max(votes, key=lambda each: (votes[each], -each))
        kept = _kept(old.words, right[number].words)
        if kept >= _ALIKE * min(len(old.words), len(right[number].words)):
            taken.add(number)
            found.append((old, right[number], kept))
    return found


def _grams(sentence: _Sentence) -> set[tuple[str, ...]]:
    words = sentence.words[:_MAX_SENTENCE_WORDS]
    return {words[at : at + _GRAM] for at in range(len(words) - _GRAM + 1)}


def _few(numbers: set[int] | None) -> Iterable[int]:
    """What says something: two words that stand in very many sentences say nothing, and would cost the square."""
    return numbers if numbers is not None and len(numbers) <= 20 else ()  # noqa: PLR2004


def _kept(old: Sequence[str], new: Sequence[str]) -> int:
    matcher = SequenceMatcher(None, old[:_MAX_SENTENCE_WORDS], new[:_MAX_SENTENCE_WORDS], autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def _passages(sentences: Sequence[_Sentence]) -> tuple[str, ...]:
    """Sentences that follow each other as one passage."""
    runs = groupby(enumerate(sentences), key=lambda pair: pair[1].place - pair[0])
    return tuple(" ".join(sentence.text for _, sentence in run) for _, run in runs)
