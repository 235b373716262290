"""Answers that outlets gave for several articles, byte for byte: such a page is none of them.

So an outlet's own page for what is not there is known, in whatever words, once it was answered for two articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from storage.records import Reason, Verdict, is_success
from storage.sql.schema import candidates, captures

_ANSWERED = (
    select(captures.c.digest, candidates.c.article_id, captures.c.article_id.label("read_as"))
    .join(candidates, candidates.c.id == captures.c.candidate_id)
    .where(captures.c.digest.in_(bindparam("digests", expanding=True)), candidates.c.article_id.is_not(None))
    .distinct()
)


def answered_for_others(connection: Connection, verdicts: Iterable[Verdict]) -> set[int]:
    """Candidates of stored articles whose page was answered for another article, and was never read as theirs."""
    asked = [v for v in verdicts if v.pending.article_id is not None and _is_page(v)]
    digests = sorted({v.capture.digest for v in asked if v.capture})
    if not digests:
        return set()
    stored: defaultdict[str, set[int]] = defaultdict(set)
    own = set[tuple[str, int]]()  # an answer that an article was read from is its own, whoever else gets it
    for row in connection.execute(_ANSWERED, {"digests": digests}):
        stored[row.digest].add(row.article_id)
        own.add((row.digest, row.read_as))
    now: defaultdict[str, set[int]] = defaultdict(set)
    for verdict in asked:
        if verdict.capture and verdict.pending.article_id:
            now[verdict.capture.digest].add(verdict.pending.article_id)
    return {
        v.pending.id
        for v in asked
        if v.capture
        and (v.capture.digest, v.pending.article_id) not in own
        and (stored[v.capture.digest] | now[v.capture.digest]) - {v.pending.article_id}
    }


def _is_page(verdict: Verdict) -> bool:
    """Whether a page came that says itself neither that it is a wall nor that nothing is there."""
    if verdict.capture is None or not verdict.capture.body or not is_success(verdict.capture.status):
        return False
    return verdict.extraction is not None or verdict.reason is Reason.NOT_AN_ARTICLE
