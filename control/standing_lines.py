"""What an outlet's hosts ask of us, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from control.printing import ago
from delivery.web.wording import gap_words, kept_out_words, robots_words, subscription_words, wait_words
from storage.records import OutletStanding


def standing_lines(standing: OutletStanding, now: datetime, *, with_text: bool) -> Iterator[str]:
    """A line a robots.txt and a resting host; the text of each robots.txt follows it where it is asked for."""
    for copy in standing.robots:
        since = f", failing since {copy.failing_since:%Y-%m-%d %H:%M} UTC" if copy.failing_since else ""
        yield f"  robots   {copy.origin}/robots.txt: {robots_words(copy)}; read {ago(copy.fetched_at, now)}{since}"
        if with_text:
            yield from (f"           {line}" for line in copy.text.splitlines())
    if standing.kept_out:
        yield f"  kept out {kept_out_words(standing)}"
    for subscription in standing.subscriptions:
        yield f"  hub      {subscription_words(subscription, now)}"
    for gap in standing.gaps:
        yield f"  gap      {gap_words(gap)}"
    for wait in standing.waits:
        yield f"  rest     {wait.host} {wait_words(wait)}"
