"""Which articles become one story, against which should: the corpus of `make bench-stories` and its scores."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from storage.sql.engine import open_engine, reading, writing
from storage.sql.schema import articles, events, revisions
from storage.sql.story_copies import StoryRules
from storage.sql.story_follower import SqlStoryFollower
from storage.sql.story_tables import story_articles
from storage.sql.upgrade import upgrade
from tests.benchmarks.story_corpus import Original
from tests.benchmarks.story_edits import EDITS, about
from tests.benchmarks.story_negatives import moulded, same_event

NOW = datetime(2026, 7, 1, tzinfo=UTC)
_COPIES = 4  # of each original
_REPUBLISHERS = 14
_FEWEST_WORDS = 40
#: Languages that write words apart: the edits cut and change words.
_UNSPACED = {"zh", "ja", "th"}

Groups = list[list[int]]


@dataclass(frozen=True)
class Piece:
    """One article of the corpus."""

    outlet: str
    body: str
    kind: str  # "original", a name of EDITS, or what it is that is no copy
    truth: int | None  # number of the original; None: a copy of nothing


@dataclass(frozen=True)
class Score:
    """How well stories fit."""

    precision: float  # of pairs within stories
    recall: float  # of copies that are in their original's story
    by_kind: dict[str, tuple[int, int]]  # kind of edit: (found, of how many)
    wrong: Counter[str]  # kinds of pairs that should not be


def corpus(texts: Sequence[Original], most: int, seed: int = 1) -> list[Piece]:
    """Originals, copies of them at other outlets under the boilerplate of those, and what looks alike but is no copy."""
    dice = random.Random(seed)
    chosen, hosts, others = _shared_out(texts, dice)
    pieces = []
    for number, text in enumerate(chosen[:most]):
        pieces.append(Piece(text.outlet, text.body, "original", number))
        for kind in dice.sample(list(EDITS), _COPIES):
            if kind.startswith("merged") and not hosts[text.language]:
                continue
            other = hosts[text.language].pop() if kind.startswith("merged") else dice.choice(others)
            body = EDITS[kind](text, dice, other)
            if len(body.split()) >= _FEWEST_WORDS:
                outlet = f"republisher{dice.randrange(_REPUBLISHERS)}.example"
                pieces.append(Piece(outlet, f"{body}\n\n{about(outlet, text.language)}", kind, number))
    alike = [*moulded(dice, 12, 2), *((kind, f"few-{outlet}", body) for kind, outlet, body in moulded(dice, 3, 4))]
    pieces += [Piece(outlet, body, kind, None) for kind, outlet, body in (*alike, *same_event(others, dice))]
    dice.shuffle(pieces)
    return pieces


def _shared_out(
    texts: Iterable[Original], dice: random.Random
) -> tuple[list[Original], dict[str, list[Original]], list[Original]]:
    """(originals, reports that copies are merged into, texts for the rest), none of them twice."""
    by_language: dict[str, list[Original]] = defaultdict(list)
    for text in texts:
        if text.language not in _UNSPACED:
            by_language[text.language].append(text)
    chosen, others = [], []
    hosts: dict[str, list[Original]] = defaultdict(list)
    for language, own in sorted(by_language.items()):
        dice.shuffle(own)
        half, most = int(0.5 * len(own)), int(0.8 * len(own))
        chosen += own[:half]
        hosts[language] = own[half:most]
        others += own[most:]
    dice.shuffle(chosen)
    dice.shuffle(others)
    return chosen, hosts, others


def follow(pieces: Sequence[Piece], rules: StoryRules, order: Sequence[int], batch: int = 50) -> tuple[Groups, float]:
    """The stories of pieces that come in this order, as their places in `pieces`; and CPU ms a piece."""
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder)}/stories.sqlite3")
        upgrade(engine)
        with writing(engine) as connection:
            rows = [_rows(number, pieces[place]) for number, place in enumerate(order, 1)]
            for table, place in ((articles, 0), (revisions, 1), (events, 2)):
                connection.execute(insert(table), [row[place] for row in rows])
        follower = SqlStoryFollower(engine, rules)
        begun = time.process_time()
        while not follower.follow(batch, NOW).is_current:
            pass
        took_ms = 1e3 * (time.process_time() - begun) / len(pieces)
        found: dict[int, list[int]] = defaultdict(list)
        with reading(engine) as connection:
            for row in connection.execute(select(story_articles).where(story_articles.c.story_id.is_not(None))):
                found[row.story_id].append(order[row.article_id - 1])
        engine.dispose()
    # A story that fell apart may keep its id for one article, which is none.
    return sorted(sorted(group) for group in found.values() if len(group) > 1), took_ms


def score(pieces: Sequence[Piece], groups: Groups) -> Score:
    """How well these stories fit."""
    story = {place: number for number, group in enumerate(groups) for place in group}
    first = {piece.truth: place for place, piece in enumerate(pieces) if piece.kind == "original"}
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for place, piece in enumerate(pieces):
        if piece.kind in EDITS:
            total[piece.kind] += 1
            found[piece.kind] += story.get(place, -1) == story.get(first[piece.truth], -2)
    right, wrong = 0, Counter[str]()
    for group in groups:
        for number, one in enumerate(group):
            for other in group[:number]:
                pair = pieces[one], pieces[other]
                if pair[0].truth is not None and pair[0].truth == pair[1].truth:
                    right += 1
                else:
                    wrong[" / ".join(sorted({pair[0].kind.split(",")[0], pair[1].kind.split(",")[0]}))] += 1
    return Score(
        precision=right / max(1, right + wrong.total()),
        recall=found.total() / max(1, total.total()),
        by_kind={kind: (found[kind], total[kind]) for kind in EDITS},
        wrong=wrong,
    )


def _rows(number: int, piece: Piece) -> tuple[dict[str, object], ...]:
    lists = ("authors", "tags", "entries", "marks", "desks", "origins", "opt_outs", "evidence")
    seen = NOW + timedelta(seconds=number)
    article = {
        "id": number,
        "key": number,
        "outlet_key": piece.outlet,
        "url": f"https://{piece.outlet}/{number}",
        "first_seen_at": seen,
        "updated_at": seen,
        "language": "en",
        "revision_count": 1,
    }
    revision = {
        "article_id": number,
        "number": 1,
        "seen_at": seen,
        "content_digest": str(number),
        "title": "Headline",
        "body": piece.body,
        "words": len(piece.body.split()),
        "extractor": "1",
        **{name: [] for name in lists},
    }
    told = {"at": seen, "kind": "article.stored", "outlet_key": piece.outlet, "article_id": number, "payload": {}}
    return article, revision, told
