"""Records of imports: archives made by others, and how far each was taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.records import Answer, Base, BodyRef, Candidate, Capture, Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file by its digest, and how many of its captures, in order of time, are dealt with."""

    digest: str  # SHA-256 of the file and of what is chosen of it
    position: int = 0
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # captures by outlet key and reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPage:
    """A page of the past that is an article."""

    outlet_key: str
    candidate: Candidate
    capture: Capture
    body_ref: BodyRef | None  # None: the page may not be kept
    extraction: Extraction
    article_url: str
    article_key: int
    is_variant: bool = False  # it never revises
    base: Base | None = None
    pictures: tuple[Answer, ...] = ()  # of the page, where the archive has got them with it
    further: tuple[tuple[Capture, BodyRef], ...] = ()  # other pages of the same article
