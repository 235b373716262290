"""`presswatch watchlists`: saved queries, and what answers them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from control.choosing import opened
from control.entities import entities_of
from control.printing import ago, as_json, json_option, moment_text, say
from control.refusal import Refusal
from control.settings import Settings
from control.watching import explainer_from
from delivery.watching.explaining import Explainer
from delivery.watching.past import deliver_past
from delivery.watching.picture import bars_as_svg
from delivery.watching.saving import BadWatchlist, checked_name, new_token
from delivery.watching.trying import Trial, answering, try_out
from delivery.watchlists.judging import remarks_on
from delivery.watchlists.passages import Passage
from delivery.watchlists.query import Query, QueryError
from storage.errors import UnknownWatchlist
from storage.records import Watchlist
from storage.store import Store

#: Of the past, a back-test looks at so many articles unless told otherwise: some seconds.
_MOST = 20_000
_BAR = 40

_copies = click.option("--copies/--no-copies", "tells_copies", default=None, help="Tell later copies of a story too.")
_copies_of = click.option(
    "--copies-of", "copy_outlets", multiple=True, metavar="OUTLET", help="Tell this outlet's copies all the same."
)


@click.group("watchlists")
def watchlists_group() -> None:
    """Saved queries: what is stored is held against all of them, and each new story is told once.

    docs/watchlists.md tells how a query is written.
    """


@watchlists_group.command("add")
@click.argument("name")
@click.argument("query")
@_copies
@_copies_of
@click.pass_obj
def add_command(
    settings: Settings, *, name: str, query: str, tells_copies: bool | None, copy_outlets: tuple[str, ...]
) -> None:
    """Save QUERY as the watchlist NAME; what is stored from now on is held against it."""
    with _desk(settings) as (store, explainer):
        _say_remarks(_read(explainer, query))
        added = store.watchlists.add(
            name=_checked(name),
            query=query,
            token=new_token(),
            tells_copies=bool(tells_copies),
            copy_outlets=_outlets(store, copy_outlets),
            now=datetime.now(UTC),
        )
    say(f"Added {added.name}. `presswatch watchlists test {added.name!r}` holds it against the past,")
    say(f"`presswatch channels add desk URL --watchlist {added.name!r}` sends what answers it.")
    _say_feeds(settings, added)


@watchlists_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List all watchlists with how much each has found."""
    with opened(settings) as store:
        known, counts = store.watchlists.watchlists(), store.matches.counts()
    if as_json_lines:
        click.echo(as_json([_shown(each) | {"found": counts.get(each.id)} for each in known]))
        return
    if not known:
        say("There are no watchlists yet; `presswatch watchlists add NAME QUERY` adds one.")
    for each in known:
        count = counts.get(each.id)
        found = f"{count.stories} stories, the newest {ago(count.newest_at)}" if count else "nothing found yet"
        say(f"{each.name:24} {'paused  ' if each.is_paused else ''}{found}")
        say(f"{'':24} {each.query}")


@watchlists_group.command("show")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many stories.")
@json_option
@click.pass_obj
def show_command(settings: Settings, name: str, limit: int, as_json_lines: bool) -> None:
    """Show the watchlist NAME: its query, its feeds, and what it found, newest first."""
    with opened(settings) as store:
        watchlist = store.watchlists.named(name)
        matches = store.matches.matches(watchlist.id, limit)
        copies = store.matches.appended(watchlist.id, [match.article_id for match in matches])
        told = {match.article_id for match in matches} | {c.article_id for each in copies.values() for c in each}
        articles = store.library.summaries(sorted(told))
    if as_json_lines:
        shown = [
            {"match": match, "article": articles.get(match.article_id), "also_at": copies.get(match.article_id, [])}
            for match in matches
        ]
        click.echo(as_json(_shown(watchlist) | {"matches": shown}))
        return
    say(f"{watchlist.name}{' (paused)' if watchlist.is_paused else ''}: {watchlist.query}")
    _say_feeds(settings, watchlist)
    for match in matches:
        article = articles.get(match.article_id)
        if article is None:
            continue
        say(f"{match.matched_at:%Y-%m-%d %H:%M}  {match.kind.value:7} {article.outlet_name}: {article.title}")
        say(f"{'':26}{article.url}  (article {article.id})")
        later = [copy.article_id for copy in copies.get(article.id, ())]
        also = [articles[number].outlet_name for number in later if number in articles]
        if also:
            say(f"{'':26}also at: {', '.join(also)}")


@watchlists_group.command("edit")
@click.argument("name")
@click.option("--query", help="The new query.")
@click.option("--name", "new_name", help="The new name.")
@_copies
@_copies_of
@click.option("--no-copies-of", "no_copy_outlets", is_flag=True, help="Tell no outlet's copies all the same.")
@click.option("--new-token", "is_new_token", is_flag=True, help="Change the secret in its feeds' addresses.")
@click.option("--pause/--resume", "is_paused", default=None, help="Hold nothing against it; or again, from now on.")
@click.pass_obj
def edit_command(
    settings: Settings,
    *,
    name: str,
    query: str | None,
    new_name: str | None,
    tells_copies: bool | None,
    copy_outlets: tuple[str, ...],
    no_copy_outlets: bool,
    is_new_token: bool,
    is_paused: bool | None,
) -> None:
    """Change the watchlist NAME."""
    with _desk(settings) as (store, explainer):
        if query is not None:
            _say_remarks(_read(explainer, query))
        edited = store.watchlists.edit(
            store.watchlists.named(name).id,
            now=datetime.now(UTC),
            name=_checked(new_name) if new_name is not None else None,
            query=query,
            token=new_token() if is_new_token else None,
            tells_copies=tells_copies,
            copy_outlets=() if no_copy_outlets else _outlets(store, copy_outlets) or None,
            is_paused=is_paused,
        )
    say(f"{edited.name} is changed.")
    if is_new_token:
        _say_feeds(settings, edited)


@watchlists_group.command("remove")
@click.argument("name")
@click.pass_obj
def remove_command(settings: Settings, name: str) -> None:
    """Remove the watchlist NAME with what it found; channels bound to it are paused."""
    with opened(settings) as store:
        store.watchlists.remove(store.watchlists.named(name).id, datetime.now(UTC))
    say(f"{name} is removed.")


@watchlists_group.command("test")
@click.argument("query_or_name")
@click.option("--days", type=click.IntRange(1, 36_500), default=30, show_default=True, help="How far back to look.")
@click.option("--most", type=click.IntRange(1), default=_MOST, show_default=True, help="Articles looked at, at most.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write the hits a day as a picture there.")
@json_option
@click.pass_obj
def test_command(
    settings: Settings, *, query_or_name: str, days: int, most: int, svg: Path | None, as_json_lines: bool
) -> None:
    """Hold a query, or a saved watchlist's, against the stored past: hits a day, with samples. Saves nothing."""
    now = datetime.now(UTC)
    with _desk(settings) as (store, explainer):
        query = _named_or_read(store, explainer, query_or_name)
        trial = try_out(query, explainer.past, since=now - timedelta(days=days), until=now, most=most)
    if svg is not None:
        svg.write_text(bars_as_svg(trial.by_day), encoding="utf-8")
    if as_json_lines:
        click.echo(as_json(_trial_shown(query, trial, now)))
        return
    _say_remarks(query)
    _say_trial(trial)


@watchlists_group.command("why")
@click.argument("name")
@click.argument("article_id", type=int)
@json_option
@click.pass_obj
def why_command(settings: Settings, name: str, article_id: int, as_json_lines: bool) -> None:
    """Show why article ARTICLE_ID answers the watchlist NAME, or that it does not: the passages, marked."""
    with _desk(settings) as (store, explainer):
        watchlist = store.watchlists.named(name)
        detail = store.library.article(article_id)
        match = next((m for m in store.matches.matches_of(article_id) if m.watchlist_id == watchlist.id), None)
        number = match.revision if match else detail.revisions[0].number
        passages = explainer.passages_of_match(watchlist.id, detail, number)
    if as_json_lines:
        click.echo(as_json({"watchlist": watchlist.name, "article": article_id, "match": match, "passages": passages}))
        return
    say(f"{detail.summary.outlet_name}: {detail.summary.title}")
    if match is None:
        say(f"It is no match of {watchlist.name}.")
    else:
        say(f"Matched {match.matched_at:%Y-%m-%d %H:%M} UTC, {match.kind.value}, by its revision {match.revision}.")
    for passage in passages:
        _say_passage(passage)
    if match is not None and not passages:
        say("It answers by its outlet, language, date or by what it lacks, not by words; or the query was changed.")


@watchlists_group.command("deliver")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 36_500), default=30, show_default=True, help="How far back to look.")
@click.option("--most", type=click.IntRange(1), default=100_000, show_default=True, help="Articles looked at, at most.")
@click.option("--dry-run", is_flag=True, help="Only tell how many.")
@click.pass_obj
def deliver_command(settings: Settings, name: str, days: int, most: int, dry_run: bool) -> None:
    """Tell what answered the watchlist NAME in the past: to its feeds and channels, each story once."""
    now = datetime.now(UTC)
    with _desk(settings) as (store, explainer):
        watchlist = store.watchlists.named(name)
        query = _read(explainer, watchlist.query)
        since = now - timedelta(days=days)
        if dry_run:
            count = sum(subject is not None for _, subject in answering(query, explainer.past, since, now, most))
            say(f"{count} articles answer {name}.")
            return
        found, new = deliver_past(watchlist.id, query, explainer.past, since=since, now=now, most=most, by="command")
    say(f"{found} articles answer {name}, {new} of them were not told yet; the courier sends them.")


@watchlists_group.command("entities")
@click.argument("key", required=False)
@json_option
@click.pass_obj
def entities_command(settings: Settings, key: str | None, as_json_lines: bool) -> None:
    """List the entities that queries may name as @KEY, or all names of one."""
    entities = entities_of(settings)
    if key is not None:
        key = key.removeprefix("@")
        if key not in entities:
            raise Refusal(f"there is no entity @{key}; `presswatch watchlists entities` lists those there are")
        entities = {key: entities[key]}
    if as_json_lines:
        click.echo(as_json(list(entities.values())))
        return
    for each in entities.values():
        say(f"@{each.key:24} {each.kind:13} {each.name}")
        if key is not None:
            say(f"  found as: {', '.join(each.aliases)}")
            if each.exceptions:
                say(f"  not in: {', '.join(each.exceptions)}")


# ------------------------------------------------------------------------------------- shared


@contextmanager
def _desk(settings: Settings) -> Iterator[tuple[Store, Explainer]]:
    entities_of(settings)  # a broken file is told of here, where somebody can mend it
    with opened(settings) as store:
        yield store, explainer_from(settings, store)


def _checked(name: str) -> str:
    try:
        return checked_name(name)
    except BadWatchlist as error:
        raise Refusal(str(error)) from error


def _read(explainer: Explainer, text: str) -> Query:
    try:
        return explainer.query(text)
    except QueryError as error:
        raise Refusal(f"the query cannot be read, {error.shown()}") from error


def _named_or_read(store: Store, explainer: Explainer, text: str) -> Query:
    try:
        return _read(explainer, store.watchlists.named(text).query)
    except UnknownWatchlist:
        return _read(explainer, text)


def _outlets(store: Store, keys: tuple[str, ...]) -> tuple[str, ...]:
    known = {outlet.key for outlet in store.outlets.outlets()}
    for key in keys:
        if key not in known:
            raise Refusal(f"no outlet is called {key!r}; `presswatch outlets list` shows those there are")
    return keys


def _say_remarks(query: Query) -> None:
    for remark in remarks_on(query, datetime.now(UTC)):
        say(f"Note, at character {remark.place.start + 1}: {remark.sentence}.")


def _say_feeds(settings: Settings, watchlist: Watchlist) -> None:
    base = f"http://{settings.host}:{settings.port}/feeds/watchlists/{watchlist.token}"
    say(f"Feeds, for those who know their address: {base}.rss .atom .json")


def _say_trial(trial: Trial) -> None:
    top = max((count for _, count in trial.by_day), default=0)
    for day, count in trial.by_day:
        say(f"{day}  {count:6}  {'▇' * round(_BAR * count / top) if top else ''}")
    cut = "; older ones were not looked at (--most)" if trial.is_cut else ""
    say(f"{trial.found} of {trial.looked_at} articles answer, {trial.a_day:.1f} a day{cut}")
    for sample in trial.samples:
        text = sample.text
        published = moment_text(text.published)
        say(f"\n{text.outlet_key}: {text.title}  ({published}, article {text.article_id})")
        for passage in sample.passages[:2]:
            _say_passage(passage)


def _say_passage(passage: Passage) -> None:
    """What counts stands between brackets."""
    say(f"  {passage.field.value}: {passage.text('[', ']')}")


def _trial_shown(query: Query, trial: Trial, now: datetime) -> dict[str, Any]:
    return {
        "query": query.text,
        "remarks": [remark.sentence for remark in remarks_on(query, now)],
        "since": trial.since,
        "until": trial.until,
        "by_day": {day.isoformat(): count for day, count in trial.by_day},
        "looked_at": trial.looked_at,
        "found": trial.found,
        "samples": [
            {"article": each.text.article_id, "title": each.text.title, "passages": each.passages}
            for each in trial.samples
        ],
    }


def _shown(watchlist: Watchlist) -> dict[str, Any]:
    names = ("id", "name", "query", "token", "tells_copies", "copy_outlets", "is_paused", "created_at", "updated_at")
    return {name: getattr(watchlist, name) for name in names}
