"""`presswatch status | articles | show | explain`: what is stored, for people and scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from control.cli_quarantine import spellings, told
from control.opening import open_from
from control.printing import ago, as_json, entry_lines, json_option, moment_text, picture_text, say
from control.settings import Settings
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_among, fingerprint
from crawler.outlets.cadence.schedule import told_span
from delivery.stories.desk import StoryDesk
from delivery.stories.telling import ToldStory
from delivery.stories.wording import claim_words, origin_words, summary
from delivery.web.wording import gap_words
from storage.errors import UnknownArticle
from storage.records import (
    ArticleDetail,
    ArticleQuery,
    ArticleSummary,
    CandidateStory,
    Gap,
    GapState,
    OriginClaim,
    Revision,
    StoryOrigin,
)
from storage.store import Store

_DEAD_AFTER = timedelta(seconds=20)
_MAX_ID_DIGITS = 18  # what a database integer holds
_GAPS_SHOWN = timedelta(days=7)
_MOST_GAPS = 10


@click.command("status")
@json_option
@click.pass_obj
def status_command(settings: Settings, as_json_lines: bool) -> None:
    """Show what runs, what is stored, what is due, and what fails."""
    store = open_from(settings)
    now = datetime.now(UTC)
    figures = store.library.status(now)
    failing = [status for status in store.library.outlet_statuses(now) if status.is_ill and not status.is_paused]
    gaps = store.gaps.gaps(now - _GAPS_SHOWN)
    network = store.library.network()
    store.close()
    if as_json_lines:
        click.echo(as_json({"figures": figures, "failing": failing, "network": network, "gaps": gaps}))
        return
    for process in figures.processes:
        dead = now - process.seen_at > _DEAD_AFTER
        state = (
            f"last heard of {ago(process.seen_at, now)}"
            if dead
            else f"runs since {process.started_at:%Y-%m-%d %H:%M} UTC"
        )
        say(f"{process.role:10} {process.name} (pid {process.pid}): {state} {process.detail or ''}".rstrip())
    if not figures.processes:
        say("nothing runs; `presswatch up` starts the service")
    say(
        f"articles   {figures.articles}, {figures.articles_24h} of them in the last 24 h; "
        f"{figures.pending} candidates wait"
    )
    say(f"outlets    {figures.outlets}, {figures.outlets_paused} paused")
    say(
        f"sources    {figures.sources}, {figures.sources_failing} failing; next visit {ago(figures.next_visit_at, now)}"
    )
    say(f"visits     {figures.visits_24h} in the last 24 h, {figures.failures_24h} failed")
    if network is not None and network.until is None:
        since = f"{network.since:%Y-%m-%d %H:%M} UTC"
        say(f"network    nearly all sources fail or are slow since {since}: look at this machine's own")
    _tell_gaps(gaps)
    for status in failing:
        if status.layout_since is not None:
            say(f"{'layout':10} {status.outlet.key}: {status.layout_sentence}")
        for source in status.sources:
            if source.state.is_ill:
                why = source.sentence or source.last_detail or source.last_reason
                say(f"{source.state.value:10} {status.outlet.key}: {source.url}: {why}")


def _tell_gaps(gaps: list[Gap]) -> None:
    if gaps:
        lost = [gap for gap in gaps if gap.state is not GapState.REFILLED]
        say(f"gaps       {len(gaps)} possible losses in the last 7 days, {len(lost)} of them not refilled")
        for gap in lost[:_MOST_GAPS]:
            say(f"gap        {gap.outlet_key}: {gap_words(gap)}")


def listing_options(command: Any) -> Any:
    """The options of commands that list articles."""
    options = (
        click.option("--outlet", metavar="KEY", help="Only this outlet."),
        click.option("--language", metavar="CODE", help="Only this language, such as fa."),
        click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="Only what came in the last hours."),
        click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many."),
        json_option,
        click.pass_obj,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("articles")
@click.option("--past", is_flag=True, help="Also what backfills brought of long ago, the one stored last first.")
@listing_options
def articles_command(settings: Settings, as_json_lines: bool, *, past: bool, **filters: Any) -> None:
    """List the newest articles."""
    query = dataclasses.replace(query_of(**filters), is_news=not past)
    _list(settings, query, as_json_lines=as_json_lines)


@click.command("show")
@click.argument("url")
@json_option
@click.pass_obj
def show_command(settings: Settings, url: str, as_json_lines: bool) -> None:
    """Show an article by its URL or id: text, byline, dates and where each came from, revisions."""
    store = open_from(settings)
    try:
        detail = article_named(store, url)
    finally:
        store.close()
    if as_json_lines:
        click.echo(as_json(detail))
    else:
        _show(detail)


@click.command("explain")
@click.argument("url")
@json_option
@click.pass_obj
def explain_command(settings: Settings, url: str, as_json_lines: bool) -> None:
    """Tell the whole way of a URL: found where, fetched when, how it ended and why."""
    store = open_from(settings)
    try:
        canonical, key = _known_as(url, store)
        stories = store.library.explain(url, key)
        article = _article_of(store, canonical, key)
        deaths = store.quarantine.known(spellings(url))
        texts = None if article is None else _texts_of(store, article.summary.id)
    finally:
        store.close()
    if as_json_lines:
        told_all: dict[str, Any] = {
            "url": url,
            "canonical_url": canonical,
            "candidates": stories,
            "article": article,
            "deaths": deaths,
        }
        told_all |= {"story": None, "origin": None, "claims": ()} if texts is None else dataclasses.asdict(texts)
        click.echo(as_json(told_all))
        return
    say(f"canonical form: {canonical}")
    for story in stories:
        _tell_story(story)
    if article is not None:
        revision = article.revisions[0]
        say(f"article {article.summary.id} at {article.summary.outlet_name}: {article.summary.title}")
        say(f"  {article.summary.revisions} revision(s), the newest seen {revision.seen_at:%Y-%m-%d %H:%M:%S} UTC")
        for revisit in article.revisits:
            detail = f" ({revisit.detail})" if revisit.detail else ""
            say(f"  asked for again {revisit.at:%Y-%m-%d %H:%M:%S} UTC: {revisit.reason.value}{detail}")
        for capture in article.captures:
            say(f"  fetched {capture.fetched_at:%Y-%m-%d %H:%M:%S} UTC from {capture.final_url} ({capture.size} bytes)")
        for line in texts.lines() if texts is not None else ():
            say(f"  {line}")
    for each in deaths:
        say(f"child processes died of it: {told(each)}; `presswatch quarantine retry` has it read again")
    if not stories and article is None and not deaths:
        say("never seen: no source of a monitored outlet has listed it")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """Whose text an article is, and where else it stands."""

    story: ToldStory | None
    origin: StoryOrigin | None  # of its story, else what it says alone
    claims: tuple[OriginClaim, ...]

    def lines(self) -> list[str]:
        """The same for people."""
        lines = []
        if self.story is not None:
            lines.append(f"story {self.story.story.id}: {summary(self.story)}")
        elif self.origin is not None:
            lines.append(f"{origin_words(self.origin)}; it has no copies here")
        named = (f"{claim.party.name} by its {claim_words(claim)}" for claim in self.claims)
        return [*lines, *(f"names {each}" for each in named)]


def _texts_of(store: Store, article_id: int) -> _Texts:
    desk = StoryDesk(store.stories, store.origins, store.library)
    story = desk.story_of(article_id)
    origin = story.origin if story is not None else desk.origin_of(article_id)
    return _Texts(story=story, origin=origin, claims=desk.claims(article_id))


def _tell_story(story: CandidateStory) -> None:
    say(f"at outlet {story.outlet_key}:")
    for at, source in story.found:
        say(f"  listed {at:%Y-%m-%d %H:%M:%S} UTC by {source}")
    if delay := _delay(story):
        say(f"  {delay}")
    if story.state == "pending":
        wait = f", not before {story.not_before:%Y-%m-%d %H:%M:%S} UTC" if story.not_before else ""
        say(f"  waits to be fetched ({story.tries} tries so far{wait}){': ' + story.detail if story.detail else ''}")
    else:
        when = f" {story.finished_at:%Y-%m-%d %H:%M:%S} UTC" if story.finished_at else ""
        reason = story.reason.value if story.reason else "?"
        say(f"  ended{when}: {reason}{' (' + story.detail + ')' if story.detail else ''}")


def article_named(store: Store, name: str) -> ArticleDetail:
    """The article of an id or a URL. Raises UnknownArticle."""
    if not name.isdecimal():
        return store.library.article_at(*_known_as(name, store))
    if len(name) > _MAX_ID_DIGITS:
        raise UnknownArticle(f"no article has an id of {len(name)} digits")
    return store.library.article(int(name))


def _article_of(store: Store, canonical: str, key: int) -> ArticleDetail | None:
    try:
        return store.library.article_at(canonical, key)
    except UnknownArticle:
        return None


def _known_as(url: str, store: Store) -> tuple[str, int]:
    try:
        canonical = canonical_among(url, store.outlets.outlets())
    except BadUrl as error:
        raise click.UsageError(f"{url!r} is no URL that can be fetched: {error}") from error
    return canonical, fingerprint(canonical)


def query_of(outlet: str | None, language: str | None, hours: float | None, limit: int) -> ArticleQuery:
    """What the options ask for."""
    try:
        since = datetime.now(UTC) - timedelta(hours=hours) if hours else None
    except (OverflowError, ValueError) as error:  # before the calendar begins; not a number
        raise click.BadParameter(f"{hours:g} hours ago is no time", param_hint="--hours") from error
    return ArticleQuery(outlet_key=outlet, language=language, since=since, limit=limit)


def _list(settings: Settings, query: ArticleQuery, *, as_json_lines: bool) -> None:
    with opened_for(settings, query) as store:
        found = store.library.articles(query)
    if as_json_lines:
        click.echo(as_json([dataclasses.asdict(article) for article in found]))
        return
    for article in found:
        say_article(article)
    if not found:
        say("no articles")


@contextmanager
def opened_for(settings: Settings, query: ArticleQuery) -> Iterator[Store]:
    """The store, until the block ends. Raises UnknownOutlet where the query names none."""
    store = open_from(settings)
    try:
        if query.outlet_key is not None:
            store.crawl.outlet_of(query.outlet_key)
        yield store
    finally:
        store.close()


def say_article(article: ArticleSummary) -> None:
    """Two lines on an article."""
    say(f"{article.id:>7}  {article.first_seen_at:%Y-%m-%d %H:%M}  {article.outlet_key:18} {article.title}")
    by = ", ".join(article.authors) or "no byline"
    say(f"         {by}; published {moment_text(article.published)}; {article.words} words  {article.url}")


def _show(detail: ArticleDetail) -> None:
    revision = detail.revisions[0]
    say(revision.title)
    say(f"{', '.join(revision.authors) or 'no byline'}; {detail.summary.outlet_name}")
    say(f"published {moment_text(revision.published)}; modified {moment_text(revision.modified)}")
    say(detail.summary.url)
    _tell_facts(revision)
    say()
    if revision.erased_at is not None:
        say(f"its text was deleted on {revision.erased_at:%Y-%m-%d} by retention")
    say(revision.body)
    say()
    for line in entry_lines(revision.entries):
        say(line)
    for evidence in revision.evidence:
        lost = "".join(f"; not {value!r} ({rule})" for rule, value in evidence.lost)
        say(f"{evidence.field}: {evidence.value!r} from {evidence.rule}{lost}")
    for older in detail.revisions:
        say(f"revision {older.number} seen {older.seen_at:%Y-%m-%d %H:%M:%S} UTC by {older.extractor}")


def _tell_facts(revision: Revision) -> None:
    """What the page says of itself besides its text."""
    if revision.credit:
        say(f"credit: {revision.credit}")
    if revision.section or revision.tags:
        say(f"section: {revision.section or 'none'}; tags: {', '.join(revision.tags) or 'none'}")
    if revision.lead_image:
        say(f"lead image: {picture_text(revision.lead_image)}")
    if revision.marks:
        say(f"marks: {', '.join(revision.marks)}")
    if revision.desks:
        say(f"desks: {', '.join(revision.desks)}")
    for rule, origin in revision.origins:
        say(f"may come from: {origin} ({rule})")
    for each in revision.opt_outs:
        say(f"the outlet asks: {each.name} ({each.rule})")


def _delay(story: CandidateStory) -> str | None:
    """How long after it came out it was found, as the interval that is known."""
    delay, told = story.delay, story.published
    says = f"published {told.at:%Y-%m-%d %H:%M} UTC as its source said; " if told else ""
    if told and story.found_at and told.at > story.found_at:
        says += "that was in the future, so it is not believed; "
    if delay is None:
        return f"{says}no earlier visit tells since when it was out" if says else None
    most = told_span(delay.most.total_seconds())
    if delay.least == delay.most:
        return f"{says}found {most} later"
    return f"{says}it came out since the visit before, so it was found at most {most} later"
