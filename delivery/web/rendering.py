"""Templates, and the filters that they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from delivery.changes.wording import ABSENCES, change_words, difference_words
from delivery.channels import wording as channel_words
from delivery.feeds.wording import direction, is_web_url
from delivery.stories import wording as story_words
from delivery.stories.marking import marked
from delivery.watching.picture import bars_as_svg
from delivery.web import backfill_words, board_words, drawing, order_words, wording


def bars(by_day: Sequence[tuple[date, int]]) -> Markup:
    """Hits a day as a picture: numbers and days only, so nothing in it is from outside."""
    return Markup(bars_as_svg(by_day))  # noqa: S704


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.filters.update(
    {
        "when": wording.when,
        "told": wording.told,
        "zone_note": wording.zone_note,
        "iso": wording.iso,
        "ago": wording.ago,
        "every": wording.every,
        "language": wording.language_name,
        "robots_words": wording.robots_words,
        "wait_words": wording.wait_words,
        "gap_words": wording.gap_words,
        "period": backfill_words.period,
        "backfill_kind": backfill_words.backfill_kind,
        "stage_words": backfill_words.stage_words,
        "speed_words": backfill_words.speed_words,
        "subscription_words": wording.subscription_words,
        "kept_out_words": wording.kept_out_words,
        "source_moved": wording.source_moved,
        "direction": direction,
        "sparkline": drawing.sparkline,
        "fill_bars": drawing.fill_bars,
        "week": drawing.week,
        "week_words": drawing.week_words,
        "stamp": board_words.stamp,
        "due": board_words.due,
        "delay_words": board_words.delay_words,
        "origin_words": board_words.origin_words,
        "ill_words": board_words.ill_words,
        "pace_words": order_words.pace_words,
        "order_words": order_words.order_words,
        "revisit_words": order_words.revisit_words,
        "cost_words": order_words.cost_words,
        "channel_state": channel_words.state_word,
        "channel_address": channel_words.shown_address,
        "channel_wishes": channel_words.wishes_words,
        "paragraphs": wording.paragraphs,
        "copy_parts": story_words.copy_parts,
        "rank_words": story_words.rank_words,
        "word_changes": lambda pair: marked(*pair),
        "bars": bars,
        "change_words": change_words,
        "difference_words": difference_words,
        "absence_words": ABSENCES.get,
    }
)
_TEMPLATES.globals["file_words"] = order_words.file_words
_TEMPLATES.tests["web_url"] = is_web_url


def page(
    template: str,
    values: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A rendered page. Every value is escaped where the template puts it."""
    text = _TEMPLATES.get_template(template).render(values)
    # Half a surrogate pair, as JSON in a page can hold one, has no UTF-8: no reason to fail the whole page.
    return HTMLResponse(text.encode("utf-8", "replace"), status, headers=headers)
