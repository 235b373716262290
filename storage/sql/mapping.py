"""Between records and rows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from storage.records import (
    Candidate,
    Evidence,
    Extraction,
    Hints,
    LiveEntry,
    Moment,
    OptOut,
    Outlet,
    OutletRule,
    OutletSource,
    Pace,
    PaceMode,
    PendingCandidate,
    Picture,
    Precision,
    PublisherWords,
    Revision,
    RuleField,
    Source,
    SourceKind,
    Validators,
    VisitOutcome,
    Zone,
)
from storage.sql.health import state_in


def outlet_to_spec(outlet: Outlet) -> dict[str, Any]:
    """An outlet as JSON can keep it, without what is empty."""
    spec: dict[str, Any] = {
        name: getattr(outlet, name) for name in Outlet.__slots__ if name not in ("sources", "rules", "pace")
    }
    spec = {name: list(value) if isinstance(value, tuple) else value for name, value in spec.items()}
    spec["rules"] = [
        {name: value for name in OutletRule.__slots__ if (value := getattr(rule, name)) is not None}
        for rule in outlet.rules
    ]
    spec["sources"] = [_source_to_spec(source) for source in outlet.sources]
    spec["pace"] = pace_to_json(outlet.pace)
    return {name: value for name, value in spec.items() if value not in (None, []) and value is not False}


def outlet_from_spec(spec: dict[str, Any]) -> Outlet:
    """The outlet again."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()}
    values["sources"] = tuple(
        OutletSource(
            kind=SourceKind(s["kind"]), url=s["url"], verified=s.get("verified"), pace=pace_from_json(s.get("pace"))
        )
        for s in spec.get("sources", ())
    )
    values["pace"] = pace_from_json(spec.get("pace"))
    values["rules"] = tuple(OutletRule(**{**rule, "field": RuleField(rule["field"])}) for rule in spec.get("rules", ()))
    return Outlet(**values)


@lru_cache(maxsize=2_048)
def outlet_from_text(spec: str) -> Outlet:
    """The outlet of a spec that was read as text: what visits ask for, and the same ones again and again."""
    return outlet_from_spec(json.loads(spec))


def pace_to_json(pace: Pace) -> dict[str, Any] | None:
    """An order about visits without what it does not say; None when it says nothing."""
    values = {name: value for name in Pace.__slots__ if (value := getattr(pace, name)) is not None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} or None


def pace_from_json(values: dict[str, Any] | None) -> Pace:
    """The order again."""
    read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in (values or {}).items()
    }
    if "mode" in read:
        read["mode"] = PaceMode(read["mode"])
    return Pace(**read)


def words_to_json(words: PublisherWords) -> dict[str, Any] | None:
    """A publisher's words without what they do not say; None when they say nothing."""
    values = {name: value for name in PublisherWords.__slots__ if (value := getattr(words, name)) not in (None, ())}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} or None


def words_from_json(values: dict[str, Any] | None) -> PublisherWords:
    """The words again."""
    read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in (values or {}).items()
    }
    return PublisherWords(**read)


def _source_to_spec(source: OutletSource) -> dict[str, Any]:
    spec = {"kind": source.kind.value, "url": source.url, "verified": source.verified}
    pace = pace_to_json(source.pace)
    return {**spec, "pace": pace} if pace else spec


def source_from_row(row: Row[Any], interval_s: int) -> Source:
    """A row of `sources`, with or without its pace; `interval_s` holds where the outlet sets none."""
    values = row._mapping  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    return Source(
        id=row.id,
        outlet_key=row.outlet_key,
        kind=SourceKind(row.kind),
        url=row.url,
        state=state_in(row),
        is_paused=not row.is_active,
        etag=row.etag,
        last_modified=row.last_modified,
        validators_url=row.validators_url,
        parts=tuple(Validators(url=url, etag=etag, last_modified=last) for url, etag, last in row.parts or ()),
        moved_to=row.moved_to,
        moved_answers=row.moved_answers,
        accepted_url=row.accepted_url,
        body_digest=row.body_digest,
        newest_lastmod=row.newest_lastmod,
        interval_s=interval_s,
        next_due_at=row.next_due_at,
        last_visit_at=row.last_visit_at,
        last_ok_at=row.last_ok_at,
        last_outcome=VisitOutcome(row.last_outcome) if row.last_outcome else None,
        last_reason=row.last_reason,
        last_detail=row.last_detail,
        failures=row.failures,
        cause=row.cause,
        sentence=row.sentence,
        state_since=row.state_since,
        alerted_at=row.alerted_at,
        due_why=values.get("due_why"),
        ordered=pace_from_json(values.get("ordered")),
        paused_until=values.get("paused_until"),
    )


def hints_to_json(hints: Hints) -> dict[str, Any] | None:
    """Hints without what is empty; None when nothing was said."""
    values = {
        "title": hints.title,
        "authors": list(hints.authors),
        "published": _moment_to_json(hints.published),
        "modified": _moment_to_json(hints.modified),
        "language": hints.language,
        "origin": hints.origin,
    }
    return {name: value for name, value in values.items() if value} or None


def hints_from_json(values: dict[str, Any] | None) -> Hints:
    """The hints again."""
    values = values or {}
    return Hints(
        title=values.get("title"),
        authors=tuple(values.get("authors", ())),
        published=_moment_from_json(values.get("published")),
        modified=_moment_from_json(values.get("modified")),
        language=values.get("language"),
        origin=values.get("origin"),
    )


def pending_from_row(row: Row[Any]) -> PendingCandidate:
    """A row of `candidates`."""
    candidate = Candidate(url=row.url, key=row.key, found_url=row.found_url, hints=hints_from_json(row.hints))
    return PendingCandidate(
        id=row.id,
        outlet_key=row.outlet_key,
        source_id=row.source_id,
        domain=row.domain,
        candidate=candidate,
        tries=row.tries,
        is_again=row.article_id is not None,
        article_id=row.article_id,
        backfill_id=row.backfill_id,
        backfill_rank=row.backfill_rank or 0,
        is_revisit=bool(getattr(row, "is_revisit", False)),
        a_day=getattr(row, "a_day", None),
    )


def moment_columns(name: str, moment: Moment | None) -> dict[str, Any]:
    """The four columns that keep a moment."""
    return {
        f"{name}_at": moment.at if moment else None,
        f"{name}_precision": moment.precision.value if moment else None,
        f"{name}_rule": moment.rule if moment else None,
        f"{name}_zone": moment.zone.value if moment else None,
    }


def moment_from_columns(row: Row[Any], name: str) -> Moment | None:
    """The moment again."""
    values = row._mapping  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    if values[f"{name}_at"] is None:
        return None
    return Moment(
        at=values[f"{name}_at"],
        precision=Precision(values[f"{name}_precision"]),
        rule=values[f"{name}_rule"],
        zone=Zone(values[f"{name}_zone"]),
    )


def revision_columns(extraction: Extraction) -> dict[str, Any]:
    """The columns of a revision that come from its extraction, but for `content_digest`."""
    return {
        "title": extraction.title,
        "authors": list(extraction.authors),
        "body": extraction.body,
        "words": len(extraction.body.split()),
        **moment_columns("published", extraction.published),
        **moment_columns("modified", extraction.modified),
        "language": extraction.language,
        "credit": extraction.credit,
        "section": extraction.section,
        **_picture_columns(extraction.lead_image),
        "tags": list(extraction.tags),
        "entries": [[e.headline, e.text, _moment_to_json(e.at)] for e in extraction.entries],
        "marks": list(extraction.marks),
        "desks": list(extraction.desks),
        "origins": [list(origin) for origin in extraction.origins],
        "opt_outs": [[each.name, each.rule] for each in extraction.opt_outs],
        "evidence": [[e.field, e.rule, e.value, [list(lost) for lost in e.lost]] for e in extraction.evidence],
        "extractor": extraction.extractor,
    }


def revision_from_row(row: Row[Any]) -> Revision:
    """A row of `revisions`."""
    return Revision(
        id=row.id,
        article_id=row.article_id,
        number=row.number,
        seen_at=row.seen_at,
        capture_id=row.capture_id,
        title=row.title,
        authors=tuple(row.authors),
        body=row.body,
        published=moment_from_columns(row, "published"),
        modified=moment_from_columns(row, "modified"),
        language=row.language,
        credit=row.credit,
        section=row.section,
        lead_image=_picture_from_row(row),
        tags=tuple(row.tags),
        entries=tuple(
            LiveEntry(headline=headline, text=text, at=_moment_from_json(at)) for headline, text, at in row.entries
        ),
        marks=tuple(row.marks),
        desks=tuple(row.desks),
        origins=tuple((rule, value) for rule, value in row.origins),
        opt_outs=tuple(OptOut(name=name, rule=rule) for name, rule in row.opt_outs),
        evidence=tuple(
            Evidence(field=field, rule=rule, value=value, lost=tuple((r, v) for r, v in lost))
            for field, rule, value, lost in row.evidence
        ),
        extractor=row.extractor,
        erased_at=row.erased_at,
    )


def _picture_columns(picture: Picture | None) -> dict[str, Any]:
    return {
        "lead_image": picture.url if picture else None,
        "lead_image_caption": picture.caption if picture else None,
        "lead_image_credit": picture.credit if picture else None,
    }


def _picture_from_row(row: Row[Any]) -> Picture | None:
    if row.lead_image is None:
        return None
    return Picture(url=row.lead_image, caption=row.lead_image_caption, credit=row.lead_image_credit)


def content_digest(extraction: Extraction) -> str:
    """SHA-256 of the article's own words: headline, body, byline and published date, white space folded.

    The modified date is no part of it: many outlets move it with every rendering of the page. Nor is what was
    learned of an outlet meanwhile: a line that is dropped today and was not yesterday is no revision.
    """
    published = extraction.published.at.isoformat() if extraction.published else ""
    # Folding leaves no control character in a field, so no two articles give the same lines.
    body = extraction.compared or extraction.body
    fields = [published, *(" ".join(text.split()) for text in (extraction.title, body, *extraction.authors))]
    return hashlib.sha256("\n".join(fields).encode("utf-8", "replace")).hexdigest()


def _moment_to_json(moment: Moment | None) -> list[str] | None:
    if moment is None:
        return None
    return [moment.at.isoformat(), moment.precision.value, moment.rule, moment.zone.value]


def _moment_from_json(values: list[str] | None) -> Moment | None:
    if not values:
        return None
    at, precision, rule, zone = values
    return Moment(at=datetime.fromisoformat(at), precision=Precision(precision), rule=rule, zone=Zone(zone))
