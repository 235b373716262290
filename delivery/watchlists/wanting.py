"""What full-text search can tell of a query: words without which an article cannot answer it.

Search knows no fields, no distances and no dates, and indexes another form of some words; so more is found than
answers, never less. (But for letters that only Urdu and Kurdish write: those the index keeps apart.)
"""

from __future__ import annotations

import re

from delivery.watchlists.forms import Joining, may_precede, pattern_of
from delivery.watchlists.query import And, Near, Node, Or, Term, Words
from storage.records import Wanted, WantedAll, WantedAny, WantedPhrase

_DIGIT = re.compile("[0-9]")
#: The digits as other scripts of the region write them, which the index keeps apart.
_DIGITS = (
    str.maketrans("0123456789", "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"),
    str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"),
)
#: Scripts whose characters the index does not part.
_UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def wanted_of(node: Node) -> Wanted | None:
    """The words that an article must have to answer; None where it needs none that search could tell."""
    match node:
        case Words(terms=terms):
            phrases = [_phrases(term) for term in terms]
            return WantedAny(parts=tuple(p for each in phrases if each for p in each)) if all(phrases) else None
        case And(parts=parts) | Near(parts=parts):
            known = tuple(wanted for part in parts if (wanted := wanted_of(part)) is not None)
            return WantedAll(parts=known) if known else None
        case Or(parts=parts):
            known = tuple(wanted for part in parts if (wanted := wanted_of(part)) is not None)
            return WantedAny(parts=known) if len(known) == len(parts) else None
        case _:
            return None


def _phrases(term: Term) -> list[WantedPhrase]:
    """All forms in which the index may have a term; none where it cannot tell."""
    if any(_UNPARTED.search(word) for word in term.words):
        return []
    pattern, joining = pattern_of(term)
    first, *rest = pattern.split()
    joined = sorted(may_precede(joining, None)) if joining is not Joining.NOTHING else [""]
    if joining is Joining.ARABIC_ARTICLE:
        joined.append("\u0627\u0644")
    forms = [(before + first, *rest) for before in dict.fromkeys(joined)]
    if any(_DIGIT.search(word) for word in term.words):
        forms += [tuple(word.translate(digits) for word in form) for form in forms for digits in _DIGITS]
    return [WantedPhrase(words=form, is_prefix=term.is_prefix) for form in forms]
