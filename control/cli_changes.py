"""`presswatch changes | diff`: what outlets changed of their articles, and how."""

from __future__ import annotations

import click

from control.cli_read import article_named
from control.opening import open_from
from control.printing import as_json, json_option, say
from control.settings import Settings
from delivery.changes.wording import change_words, difference_words
from storage.diff.typed import differences, state_of_revision
from storage.diff.words import Edit, WordDiff, word_diff
from storage.errors import UnknownArticle
from storage.records import ChangeKind, ChangeQuery, Revision


@click.command("changes")
@click.option("--outlet", metavar="KEY", help="Only this outlet.")
@click.option("--kind", type=click.Choice([kind.value for kind in ChangeKind]), help="Only changes of this kind.")
@click.option("--stealth", is_flag=True, help="Only words changed without a new modified date or a correction.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@json_option
@click.pass_obj
def changes_command(
    settings: Settings, *, outlet: str | None, kind: str | None, stealth: bool, limit: int, as_json_lines: bool
) -> None:
    """List what outlets changed of their articles: revisions, what vanished, what is there again; newest first."""
    query = ChangeQuery(outlet_key=outlet, kind=ChangeKind(kind) if kind else None, is_stealth=stealth, limit=limit)
    store = open_from(settings)
    found = store.changes.changes(query)
    store.close()
    if as_json_lines:
        click.echo(as_json(found))
        return
    for change in found:
        say(f"{change.at:%Y-%m-%d %H:%M:%S} UTC  {change.outlet_key}  {change_words(change)}")
        say(f"    {change.article_id}: {change.title}")
    if not found:
        say("no change is known; articles are looked at again when their source calls them modified, and on order")


@click.command("diff")
@click.argument("article")
@click.argument("old", type=click.IntRange(1), required=False)
@click.argument("new", type=click.IntRange(1), required=False)
@json_option
@click.pass_obj
def diff_command(settings: Settings, article: str, old: int | None, new: int | None, as_json_lines: bool) -> None:
    """Show word by word what a revision changed of ARTICLE, an id or a URL.

    Without numbers the newest revision is held against the one before it; OLD alone against the one after it.
    """
    store = open_from(settings)
    detail = article_named(store, article)
    store.close()
    revisions = {each.number: each for each in detail.revisions}
    if len(revisions) == 1 and old is None:
        say("only one revision of it is known: nothing has changed since it was first seen")
        return
    later = new or (old + 1 if old else max(revisions))
    earlier = old or later - 1
    for number in (earlier, later):
        if number not in revisions:
            raise UnknownArticle(f"the article has no revision {number}; it has 1 to {max(revisions)}")
    before, after = revisions[earlier], revisions[later]
    found = differences(state_of_revision(before), state_of_revision(after))
    headline, text = word_diff(before.title, after.title), word_diff(before.body, after.body)
    if as_json_lines:
        told = {"old": earlier, "new": later, "differences": found.kinds, "is_stealth": found.is_stealth}
        click.echo(as_json({**told, "headline": headline, "text": text}))
        return
    for revision in (before, after):
        say(f"revision {revision.number}: seen {revision.seen_at:%Y-%m-%d %H:%M:%S} UTC")
    without = " without a new modified date or a correction" if found.is_stealth else ""
    say(f"changed{without}: {difference_words(found.kinds)}")
    _show(before, after, headline, text)


def _show(before: Revision, after: Revision, headline: WordDiff, text: WordDiff) -> None:
    if before.authors != after.authors:
        say(f"byline: [-{', '.join(before.authors)}-]{{+{', '.join(after.authors)}+}}")
    say()
    for found in (headline, text):
        for spans in found.paragraphs():
            say("".join(_SHOWN[span.edit].format(span.text) for span in spans))
            say()
    if not text.is_whole:
        say("the texts are too long or too different to be compared word by word to their ends")


_SHOWN = {
    Edit.SAME: "{}",
    Edit.REMOVED: "[-{}-]",
    Edit.ADDED: "{{+{}+}}",
}
