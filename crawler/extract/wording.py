"""The article's own words: what was found as its text, without what the outlet repeats and what is no part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.extract.body import Body, read_body
from crawler.extract.live import LiveBlog, in_stable_order
from crawler.extract.page import Page
from crawler.extract.repeats import lines_of, without_repeated
from crawler.extract.rules import Ruled
from crawler.extract.surroundings import Surroundings
from crawler.extract.trimming import Trimmed, credit_lines, trim
from storage.origins.crediting import credits_somebody
from storage.records import Evidence, RepeatedLines

_SHOWN_CHARS = 80
_SHOWN_LINES = 5
_LAST_LINES = 8
_MOST_CREDITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The text, and what was learned on the way."""

    text: str  # paragraphs apart by an empty line
    compared: str  # with the outlet's lines still in it; empty where none was dropped
    credit: str | None
    lines: tuple[int, ...]  # marks for the outlet's past
    evidence: tuple[Evidence, ...]


def find_body(page: Page, ruled: Ruled, blog: LiveBlog) -> Body:
    """The body as it was found. Cuts the tree: what reads the tree comes before it."""
    body = ruled.body(read_body(page))
    return replace(body, paragraphs=in_stable_order(body.paragraphs, blog))


def read_wording(
    page: Page, body: Body, around: Surroundings, authors: Sequence[str], repeated: RepeatedLines
) -> Wording:
    """The words of a body, trimmed by what the page says around it."""

    def trimmed(lines: Sequence[str]) -> Trimmed:
        return trim(
            lines,
            titles=around.shown_titles,
            authors=authors,
            outlet_names=page.names,
            captions=around.captions,
            links=around.links,
        )

    own_lines, furniture = without_repeated(body.whole, repeated, credit_lines(body.paragraphs, page.names))
    own = trimmed(own_lines)
    text = "\n\n".join(own.paragraphs)
    evidence = [Evidence(field="body", rule=body.rule, value=f"{len(text)} characters", lost=body.lost)]
    if furniture:
        evidence.append(_dropped(furniture))
    last = own_lines[-_LAST_LINES:]
    ending = [line for why, line in own.dropped if line in last and (why == "sign" or credits_somebody(line))]
    if ending:
        evidence.append(Evidence(field="ending", rule="cut off the text", value="\n".join(ending[:_MOST_CREDITS])))
    ends = (("written", "date line in the text", own.written), ("credit", "last line of the text", own.credit))
    evidence += [Evidence(field=field, rule=rule, value=value) for field, rule, value in ends if value]
    return Wording(
        text=text,
        compared="\n\n".join(trimmed(body.whole).paragraphs) if furniture else "",
        credit=own.credit,
        lines=lines_of(body.whole),
        evidence=tuple(evidence),
    )


def _dropped(furniture: Sequence[str]) -> Evidence:
    lost = tuple(("line of other articles", line[:_SHOWN_CHARS]) for line in furniture[:_SHOWN_LINES])
    return Evidence(field="repeated", rule="outlet's own past", value=f"{len(furniture)} paragraphs dropped", lost=lost)
