"""Changes as entries of a feed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from delivery.changes.wording import ABSENCES, change_words
from delivery.feeds.records import FeedEntry
from storage.diff.words import Edit, word_diff
from storage.records import Change, ChangeKind, Wording

#: What of a change a feed shows, the page the rest; and so much of a search for it (`storage.diff.matching`).
_MAX_CHARS = 4_000
_MAX_TEXT_CHARS = 40_000
_MAX_STEPS = 20_000


def entry_of_change(
    change: Change, wordings: tuple[Wording | None, Wording | None], outlet: tuple[str, str], base: str
) -> FeedEntry:
    """One entry. `wordings` are the article's words before and after, `outlet` its name and home page.

    It leads to the page on which the change is marked; `base` is the address of the pages, with a slash at its end.
    """
    before, after = wordings
    path = f"articles/{change.article_id}"
    path += f"/revisions/{change.revision}" if change.kind is ChangeKind.REVISED else ""
    told_at = f"{change.url}#{change.kind}-{change.at.isoformat()}"
    return FeedEntry(
        id=uuid5(NAMESPACE_URL, told_at.encode("utf-8", "replace").decode()).urn,
        url=f"{base}{path}",
        title=f"{change_words(change)}. {change.title}",
        authors=(),
        published=None,
        first_seen_at=change.at,
        updated_at=change.at,
        outlet_name=outlet[0],
        outlet_url=outlet[1],
        text="\n\n".join(_paragraphs(change, before, after))[:_MAX_CHARS],
        language=after.language if after else None,
        categories=(change.kind.value, *(["stealth"] if change.is_stealth else []), *change.differences),
    )


def _paragraphs(change: Change, before: Wording | None, after: Wording | None) -> Iterator[str]:
    yield change.url
    if change.absence is not None:
        yield f"{ABSENCES[change.absence].capitalize()}. {change.detail or ''}".strip()
    if change.kind is not ChangeKind.REVISED or before is None or after is None:
        return
    if before.title != after.title:
        yield _marked(before.title, after.title)
    yield from filter(None, _changed_paragraphs(before.body, after.body))


def _changed_paragraphs(old: str, new: str) -> Iterator[str]:
    """The paragraphs in which words differ, what went and what came in brackets."""
    found = word_diff(old[:_MAX_TEXT_CHARS], new[:_MAX_TEXT_CHARS], max_steps=_MAX_STEPS)
    for spans in found.paragraphs():
        if any(span.edit is not Edit.SAME and span.text.strip() for span in spans):
            yield "".join(_BRACKETS[span.edit].format(span.text) for span in spans)


def _marked(old: str, new: str) -> str:
    return "".join(_BRACKETS[span.edit].format(span.text) for span in word_diff(old, new, max_steps=_MAX_STEPS).spans)


#: As plain text shows changes (git's --word-diff=plain).
_BRACKETS = {Edit.SAME: "{}", Edit.REMOVED: "[-{}-]", Edit.ADDED: "{{+{}+}}"}
