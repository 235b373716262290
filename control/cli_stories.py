"""`presswatch stories`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial

import click

from control.following import BATCH, claimant_from, follower_from, rules_from
from control.opening import open_from
from control.printing import ago, as_json, json_option, moment_text, say
from control.settings import Settings
from delivery.stories.desk import StoryDesk
from delivery.stories.wording import claim_words, summary
from storage.records import Story, StoryOrigin, StorySummary
from storage.sql.story_rebuild import rebuild
from storage.store import Store


@click.group("stories")
def stories_group() -> None:
    """Stories: articles of several outlets that carry the same text."""


@stories_group.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=30, show_default=True, help="How many.")
@click.option("--before", type=int, metavar="STORY", help="Only stories older than this one.")
@json_option
@click.pass_obj
def list_command(settings: Settings, limit: int, before: int | None, as_json_lines: bool) -> None:
    """List stories, the newest first."""
    store = open_from(settings)
    try:
        catch_up(settings, store)
        found = store.stories.stories(limit, before)
    finally:
        store.close()
    if as_json_lines:
        click.echo(as_json(found))
        return
    for each in found:
        say(summary_line(each))
    if not found:
        say("no two articles carry the same text yet")


@stories_group.command("show")
@click.argument("story", type=int)
@json_option
@click.pass_obj
def show_command(settings: Settings, story: int, as_json_lines: bool) -> None:
    """Show the articles of STORY, and how much of each stands in the others."""
    store = open_from(settings)
    try:
        catch_up(settings, store)
        told = StoryDesk(store.stories, store.origins, store.library).story(story)
    finally:
        store.close()
    if as_json_lines:
        click.echo(as_json({"story": told.story, "origin": told.origin, "copies": told.copies}))
        return
    if told.story.id != story:
        say(f"story {story} is part of story {told.story.id} now")
    for line in (*story_lines(told.story), summary(told), *origin_lines(told.origin)):
        say(line)


@stories_group.command("rebuild")
@click.option("--processes", type=click.IntRange(1, 64), help="How many work at once.  [default: one a core]")
@click.pass_obj
def rebuild_command(settings: Settings, processes: int | None) -> None:
    """Work all stories and origins out anew from the stored texts, after a new version, another rule or new names.

    A running service may go on: stories change at the end, at once, and what came meanwhile follows. Ids that were
    given out stay. Ctrl-C before the origins ends it, and nothing has changed.
    """
    store = open_from(settings)
    told = _Progress()
    try:
        count = rebuild(
            store.engine,
            rules_from(settings),
            processes=processes or os.cpu_count() or 1,
            now=datetime.now(UTC),
            progress=told.tell,
        )
        claimant_from(settings).note_all(store.engine, datetime.now(UTC), partial(told.tell, "origins"))
        catch_up(settings, store)
    finally:
        store.close()
    say(f"stories of {count} articles worked out anew; `presswatch stories list` shows them")


class _Progress:
    """Prints a line for each tenth of a stage."""

    def __init__(self) -> None:
        self._told: tuple[str, int] | None = None

    def tell(self, stage: str, done: int, total: int) -> None:
        """What is done, of how many articles."""
        tenth = 10 * done // max(1, total)
        if (stage, tenth) != self._told:
            self._told = (stage, tenth)
            say(f"{stage}: {done} of {total} articles")


def catch_up(settings: Settings, store: Store) -> None:
    """Follows the log to its end, for stores whose courier does not run."""
    follower = follower_from(settings, store)
    while not follower.follow(BATCH, datetime.now(UTC)).is_current:
        pass


def origin_lines(origin: StoryOrigin) -> list[str]:
    """Why this is the origin, and who else is named."""
    return [
        *(f"  article {claim.article_id} says so: {claim_words(claim)}" for claim in origin.claims),
        *(f"  article {claim.article_id} names {claim.party.name}: {claim_words(claim)}" for claim in origin.disputed),
    ]


def summary_line(each: StorySummary) -> str:
    """One line of the list."""
    outlets = f"{each.outlets} outlet" + ("s" if each.outlets > 1 else "")
    return f"{each.id:>7}  {each.articles} articles of {outlets}, {ago(each.updated_at)}: {each.title}"


def story_lines(story: Story) -> list[str]:
    """A story for people."""
    count = f"{len(story.articles)} article" + ("s" if len(story.articles) > 1 else "")
    lines = [f"story {story.id}: {count}, changed {ago(story.updated_at)}"]
    for each in story.articles:
        told = f"{each.words} words, published {moment_text(each.published)}, seen {ago(each.first_seen_at)}"
        lines += [f"  {each.article_id:>7}  {each.outlet_name}: {each.title}", f"           {told}; {each.url}"]
    for copy in story.copies:
        shares = f"{copy.of_article:.0%} of {copy.article_id} in {copy.other_id}, {copy.of_other:.0%} the other way"
        lines.append(f"           {shares}")
    return lines
