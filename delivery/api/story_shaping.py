"""From told stories to what the API answers with."""

from __future__ import annotations

from delivery.api import models, shaping, story_models
from delivery.stories import wording
from delivery.stories.telling import ToldCopy, ToldStory
from storage import records
from storage.passages import Comparison


def story_ref(told: ToldStory) -> models.StoryRef:
    """A story in short."""
    return models.StoryRef(
        id=told.story.id,
        title=told.measure.title,
        origin=party(told.origin.party, told.origin.article_id),
        is_seen_first=told.origin.is_seen_first,
        rank=int(told.origin.rank),
        articles=len(told.story.articles),
        outlets=told.outlets,
    )


def story(told: ToldStory) -> story_models.Story:
    """A story as lists show it."""
    return story_models.Story(
        **dict(story_ref(told)),
        created_at=told.story.created_at,
        updated_at=told.story.updated_at,
        summary=wording.summary(told),
        measure=_member(told.measure),
        copies=[_copy(copy) for copy in told.copies],
    )


def story_whole(told: ToldStory) -> story_models.StoryWhole:
    """A story with its claims."""
    return story_models.StoryWhole(
        **dict(story(told)),
        claims=[claim(each) for each in told.origin.claims],
        disputed=[claim(each) for each in told.origin.disputed],
    )


def party(record: records.Party, article_id: int | None = None) -> models.Party:
    """Whom a claim means."""
    return models.Party(key=record.key, name=record.name, url=record.url, article_id=article_id)


def claim(record: records.OriginClaim) -> models.OriginClaim:
    """One claim."""
    return models.OriginClaim(
        article_id=record.article_id,
        revision=record.revision,
        rank=int(record.rank),
        rule=record.rule,
        value=record.value,
        evidence=record.evidence,
        party=party(record.party),
        is_own=record.is_own,
    )


def _copy(copy: ToldCopy) -> story_models.StoryMember:
    return _member(copy.article, copy)


def _member(article: records.StoryArticle, copy: ToldCopy | None = None) -> story_models.StoryMember:
    return story_models.StoryMember(
        article_id=article.article_id,
        outlet=models.OutletName(key=article.outlet_key, name=article.outlet_name),
        url=article.url,
        title=article.title,
        published=shaping.time_told(article.published),
        first_seen_at=article.first_seen_at,
        words=article.words,
        share=round(copy.share, 4) if copy and copy.share is not None else None,
        later_s=int(copy.later.total_seconds()) if copy else 0,
        is_by_date=bool(copy and copy.is_by_date),
        summary=wording.copy_words(copy) if copy else article.outlet_name,
        changes=_changes(copy.comparison) if copy and copy.comparison else None,
    )


def _changes(found: Comparison) -> story_models.Changes:
    return story_models.Changes(
        words=found.words,
        kept=found.kept,
        added=list(found.added),
        cut=list(found.cut),
        changed=[list(pair) for pair in found.changed],
        is_whole=found.is_whole,
    )
