"""What it costs to hold an article against many watchlists at once, beside judging each by the article's words.

Texts are the labelled bodies of real news pages. Watchlists are made of their words: of each five terms (words,
prefixes, phrases of two, entities), joined by AND, OR, NOT and NEAR; one term in five is drawn as often as it
occurs, the others are drawn alike. Folding is measured with its cache as warm as earlier texts have made it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from delivery.watchlists.document import Subject, document_of
from delivery.watchlists.entities import read_entities
from delivery.watchlists.matching import Matcher
from delivery.watchlists.parsing import parse
from delivery.watchlists.query import Query, Words, leaves
from delivery.watchlists.shipped import shipped_entities
from storage.folding import fold_finely

BAR_MS = 2.0
TERMS = 5
_CORPORA = ("aeb", "fundus", "daniel", "mediacloud", "newspaper4k", "goose3")
_LEAST_WORDS = 80
_SHAPES = (
    "{0} AND ({1} OR {2} OR {3} OR {4})",
    "({0} OR {1}) AND ({2} OR {3}) AND NOT {4}",
    "{0} OR {1} OR {2} OR {3} OR {4}",
    "{0} AND {1} AND ({2} OR {3} OR {4})",
    "({0} OR {1}) NEAR/5 ({2} OR {3}) AND NOT {4}",
    "lang:en AND ({0} OR {1}) AND ({2} OR {3} OR {4})",
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--watchlists", type=int, default=10_000)
    asked.add_argument("--articles", type=int, default=400, help="at most so many are measured")
    options = asked.parse_args()
    shared = Path(os.environ.get("PRESSWATCH_SHARED", "../shared"))
    if not (shared / "pages").exists():
        print(f"{shared / 'pages'} is not there; PRESSWATCH_SHARED names the folder of shared data")
        return
    texts = _texts(shared)
    dice = random.Random(8)
    dice.shuffle(texts)
    warming, measured = texts[options.articles :], texts[: options.articles]
    queries = _queries(texts, options.watchlists, dice)
    begun = time.process_time()
    matcher = Matcher(queries)
    built_s = time.process_time() - begun
    for text in warming:
        matcher.matching(_subject(text))
    rows = [_cost(matcher, text) for text in measured]
    alone = _cost_alone(queries, measured)
    _print(rows, alone, built_s, len(queries))


def _texts(shared: Path) -> list[str]:
    """Bodies of real pages, the titles first."""
    found = []
    for corpus in _CORPORA:
        file = shared / "pages" / f"{corpus}.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else ()
        for row in map(json.loads, lines):
            body = row.get("body") or ""
            text = body if isinstance(body, str) else "\n\n".join(body)
            if len(text.split()) >= _LEAST_WORDS:
                found.append(f"{row.get('title') or ''}\n{text}")
    return found


def _queries(texts: Sequence[str], count: int, dice: random.Random) -> dict[int, Query]:
    entities = read_entities(shipped_entities())
    words, phrases = Counter[str](), Counter[str]()
    for text in texts:
        folded = [word for word in fold_finely(text).split() if len(word) > 3 and word.isalpha()]
        words.update(folded)
        phrases.update(f'"{one} {other}"' for one, other in pairwise(folded))
    kinds = [(list(words), list(words.values())), (list(phrases), list(phrases.values()))]

    def term() -> str:
        kind = dice.random()
        if kind < 0.05:
            return f"@{dice.choice(list(entities))}"
        terms, counts = kinds[kind < 0.25]
        picked = dice.choices(terms, counts)[0] if dice.random() < 0.2 else dice.choice(terms)
        return f"{picked[:6]}*" if kind > 0.9 and len(picked) > 6 else picked

    made = (dice.choice(_SHAPES).format(*(term() for _ in range(TERMS))) for _ in range(count))
    return {number: parse(text, entities) for number, text in enumerate(made)}


def _subject(text: str) -> Subject:
    title, _, body = text.partition("\n")
    at = datetime(2026, 5, 9, tzinfo=UTC)
    return Subject(title=title, authors=("A. Writer",), body=body, at=at, outlet_key="gazette", language="en")


def _cost(matcher: Matcher, text: str) -> tuple[float, float, int, int]:
    """CPU seconds of all, of folding once more, matches, words."""
    one = _subject(text)
    begun = time.process_time()
    found = matcher.matching(one)
    matched = time.process_time()
    document_of(one)
    return matched - begun, time.process_time() - matched, len(found), len(text.split())


def _cost_alone(queries: dict[int, Query], texts: Sequence[str], of: int = 500, times: int = 10) -> float:
    """CPU seconds an article when each query's first words are looked up in the set of the article's words."""
    wanted = [
        [term.words for leaf in leaves(query.tree) if isinstance(leaf, Words) for term in leaf.terms]
        for query in list(queries.values())[:of]
    ]
    begun = time.process_time()
    for text in texts[:times]:
        words = set(fold_finely(text).split())
        for terms in wanted:
            _ = sum(all(word in words for word in term) for term in terms)
    return (time.process_time() - begun) / times * len(queries) / max(1, len(wanted))


def _print(rows: list[tuple[float, float, int, int]], alone_s: float, built_s: float, count: int) -> None:
    ranked = sorted(row[0] * 1e3 for row in rows)
    mean, p95 = sum(ranked) / len(ranked), ranked[int(len(ranked) * 0.95)]
    matches = sum(row[2] for row in rows) / len(rows)
    words = sum(row[3] for row in rows) / len(rows)
    print(f"{count:,} watchlists of {TERMS} terms, {len(rows)} articles of {words:,.0f} words on the mean")
    print(f"{'made ready once':34} {built_s * 1e3:10,.0f} ms CPU")
    print(
        f"{'an article, mean':34} {mean:10.3f} ms CPU, of which folding {sum(row[1] for row in rows) / len(rows) * 1e3:.3f}"
    )
    print(f"{'an article, 95 of 100 below':34} {p95:10.3f} ms CPU")
    print(f"{'matches of an article':34} {matches:10.1f}")
    print(f"{'each judged alone (no NEAR, no NOT)':34} {alone_s * 1e3:10.1f} ms CPU")
    figure = {"value": round(mean, 3), "bar": BAR_MS, "holds": mean <= BAR_MS}
    print(json.dumps({"cpu_ms_an_article_10000_watchlists": figure}))


if __name__ == "__main__":
    main()
