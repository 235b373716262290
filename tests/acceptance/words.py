"""How much of a text was found, and how much besides."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_CJK = re.compile(r"[぀-ヿ㐀-鿿]")
_CJK_TOKEN = re.compile(r"[぀-ヿ㐀-鿿]|[^\W぀-ヿ㐀-鿿]+")
_WORD = re.compile(r"\w+")


def tokens(text: str | None) -> list[str]:
    """Words of a text, case and compatibility forms folded; single characters of scripts without spaces."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return (_CJK_TOKEN if _CJK.search(folded) else _WORD).findall(folded)


def word_f1(found: str | None, wanted: str | None, optional: str | None = None) -> float:
    """F1 over the words of both texts, as multisets; words of `optional` cost nothing."""
    have, want = Counter(tokens(found)), Counter(tokens(wanted))
    if not have or not want:
        return 0.0
    allowed = want + Counter(tokens(optional))
    precision, recall = (have & allowed).total() / have.total(), (have & want).total() / want.total()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
