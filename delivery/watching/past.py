"""The past of a watchlist, told on demand."""

from __future__ import annotations

from datetime import datetime

from delivery.watching.trying import Past, answering
from delivery.watchlists.query import Query
from storage.records import Found

_AT_ONCE = 200
#: Articles with the words wanted that are looked at, where somebody waits for it.
MOST_DELIVERED = 20_000


def deliver_past(
    watchlist_id: int, query: Query, past: Past, *, since: datetime, now: datetime, most: int, by: str
) -> tuple[int, int]:
    """Tells articles first seen since then that answer, the first of each story; how many answer, how many are new.

    At most `most` articles with the words wanted are looked at, the newest. What was told before is not told again.
    """
    found = [
        Found(
            article_id=text.article_id,
            revision=text.revision,
            outlet_key=text.outlet_key,
            watchlists=(watchlist_id,),
        )
        for text, subject in answering(query, past, since, now, most)
        if subject is not None
    ]
    found.reverse()  # oldest first, so that of a story the first article is told
    new = sum(past.matches.record_past(found[at : at + _AT_ONCE], now, by) for at in range(0, len(found), _AT_ONCE))
    return len(found), new
