"""From records to what the API answers with, where the two differ."""

from __future__ import annotations

from datetime import UTC

from delivery.api import models, outlet_models
from storage import records
from storage.records import Precision


def time_told(moment: records.Moment | None) -> models.TimeTold | None:
    """A day stays a day."""
    if moment is None:
        return None
    at = moment.at.astimezone(UTC)
    value = at.date().isoformat() if moment.precision is Precision.DAY else at.isoformat().replace("+00:00", "Z")
    return models.TimeTold(value=value, precision=moment.precision, zone=moment.zone, rule=moment.rule)


def article(summary: records.ArticleSummary, story: models.StoryRef | None = None) -> models.Article:
    """An article as lists show it."""
    return models.Article(
        id=summary.id,
        url=summary.url,
        title=summary.title,
        authors=list(summary.authors),
        outlet=models.OutletName(key=summary.outlet_key, name=summary.outlet_name),
        published=time_told(summary.published),
        first_seen_at=summary.first_seen_at,
        updated_at=summary.updated_at,
        language=summary.language,
        excerpt=summary.excerpt,
        is_dated_ahead=summary.is_dated_ahead,
        words=summary.words,
        revisions=summary.revisions,
        credit=summary.credit,
        section=summary.section,
        tags=list(summary.tags),
        backfill_id=summary.backfill_id,
        story=story,
    )


def article_whole(
    detail: records.ArticleDetail, story: models.StoryRef | None, claims: list[models.OriginClaim]
) -> models.ArticleWhole:
    """An article with all that is kept of it, but the captured bytes."""
    return models.ArticleWhole(
        **dict(article(detail.summary, story)),
        arrival=None if detail.arrival is None else _arrival(detail.arrival),
        history=[revision(each) for each in detail.revisions],
        claims=claims,
        captures=[models.Capture.model_validate(each) for each in detail.captures],
        revisits=[models.Revisit.model_validate(each) for each in detail.revisits],
        other_urls=list(detail.other_urls),
    )


def _arrival(record: records.Arrival) -> models.Arrival:
    delay = record.delay
    return models.Arrival(
        found_at=record.found_at,
        previous_visit_at=record.absent_at,
        source_url=record.source_url,
        told=time_told(record.told),
        is_told_ahead=record.is_told_ahead,
        delay=None
        if delay is None
        else models.Delay(least_s=round(delay.least.total_seconds()), most_s=round(delay.most.total_seconds())),
    )


def revision(record: records.Revision) -> models.Revision:
    """One revision."""
    return models.Revision(
        number=record.number,
        seen_at=record.seen_at,
        capture_id=record.capture_id,
        title=record.title,
        authors=list(record.authors),
        text=record.body,
        published=time_told(record.published),
        modified=time_told(record.modified),
        language=record.language,
        credit=record.credit,
        section=record.section,
        lead_image=None if record.lead_image is None else models.Picture.model_validate(record.lead_image),
        tags=list(record.tags),
        entries=[_entry(each) for each in record.entries],
        marks=list(record.marks),
        desks=list(record.desks),
        origins=[models.Origin(rule=rule, value=value) for rule, value in record.origins],
        opt_outs=[models.OptOut.model_validate(each) for each in record.opt_outs],
        evidence=[_evidence(each) for each in record.evidence],
        extractor=record.extractor,
        erased_at=record.erased_at,
    )


def _entry(record: records.LiveEntry) -> models.LiveEntry:
    return models.LiveEntry(at=time_told(record.at), headline=record.headline, text=record.text)


def _evidence(record: records.Evidence) -> models.Evidence:
    lost = [models.LostEvidence(rule=rule, value=value) for rule, value in record.lost]
    return models.Evidence(field=record.field, rule=record.rule, value=record.value, lost=lost)


def outlet(status: records.OutletStatus) -> outlet_models.Outlet:
    """An outlet with its sources."""
    return outlet_models.Outlet(
        key=status.outlet.key,
        name=status.outlet.name,
        home_url=status.outlet.home_url,
        country=status.outlet.country,
        languages=list(status.outlet.languages),
        timezone=status.outlet.timezone,
        origin=status.origin,
        state=status.state,
        trouble=status.trouble,
        layout_since=status.layout_since,
        is_paused=status.is_paused,
        articles=status.articles,
        articles_24h=status.articles_24h,
        pending=status.pending,
        last_visit_at=status.last_visit_at,
        next_visit_at=status.next_visit_at,
        last_failure=None if status.last_failure is None else outlet_models.Visit.model_validate(status.last_failure),
        sources=[outlet_models.Source.model_validate(each) for each in status.sources],
    )


def way(story: records.CandidateStory) -> models.Way:
    """The way of a URL at one outlet."""
    return models.Way(
        outlet_key=story.outlet_key,
        state=story.state,
        reason=story.reason,
        detail=story.detail,
        found=[models.Found(at=at, source_url=source_url) for at, source_url in story.found],
        tries=story.tries,
        not_before=story.not_before,
        finished_at=story.finished_at,
        article_id=story.article_id,
    )
