"""How often the origin of a story is right where a page names it: `make bench-origins`.

Pages of copies in eight languages say in their head, text, byline or dateline where they were published first, on real
texts where the shared pages have some; each is read, claimed and decided as the product does, seen last and seen first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.origin_quality import OriginQuality, measure

_BAR = 0.95
_SHOWN = 20
_LANGUAGES = ("en", "de", "fr", "es")
_FEWEST_PARAGRAPHS, _MOST_PARAGRAPHS, _PARAGRAPH_CHARS = 4, 12, 60


def main() -> None:
    for line in lines(found := measured()):
        print(line)
    print(json.dumps(figures(found)))


def measured() -> OriginQuality:
    """All cases, on real texts where the shared folder is there."""
    return measure(_texts(Path(os.environ.get("PRESSWATCH_SHARED", "../shared")) / "pages"))


def lines(found: OriginQuality) -> Sequence[str]:
    """A table for people."""
    rows = [("all", (found.right, found.total))]
    rows += [(f"rank {rank}", counts) for rank, counts in found.by_rank.items()]
    rows += [(language, counts) for language, counts in found.by_language.items()]
    table = [f"  {name:8} {right:5} of {total:5}  {right / total:7.2%}" for name, (right, total) in rows]
    wrong = [f"  wrong: {language}, {kind}: {expected}, told {told}" for language, kind, expected, told in found.wrong]
    return ["origin right, where a claim of rank 1 or 2 exists:", *table, *wrong[:_SHOWN]]


def figures(found: OriginQuality) -> dict[str, Any]:
    """The figures with their bars."""
    return {"origin right": {"value": round(found.share, 4), "bar": _BAR, "holds": found.share >= _BAR}}


def _texts(pages: Path) -> dict[str, list[tuple[str, ...]]]:
    """Paragraphs of labelled articles, by language."""
    texts: dict[str, list[tuple[str, ...]]] = {}
    for name in ("aeb", "fundus"):
        file = pages / f"{name}.jsonl"
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines() if file.exists() else ()):
            language = row.get("language") or ("en" if name == "aeb" else "")
            parts = (part.strip() for part in (row.get("body") or "").split("\n"))
            text = tuple(part for part in parts if len(part) > _PARAGRAPH_CHARS)[:_MOST_PARAGRAPHS]
            if language in _LANGUAGES and len(text) >= _FEWEST_PARAGRAPHS:
                texts.setdefault(language, []).append(text)
    return texts


if __name__ == "__main__":
    main()
