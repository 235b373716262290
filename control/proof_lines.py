"""The evidence chain of an article, for a person and for a script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from control.printing import say
from storage.archive.files import Files
from storage.archive.proving import Proof, prove, prove_answer
from storage.records import (
    ArticleSummary,
    BodyRef,
    KeptAnswer,
    KeptCapture,
    Provenance,
    RecordRef,
    RevisionLink,
    StoredCapture,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A redirect on the way to a capture."""

    answer: KeptAnswer
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A capture with its record and what that proves."""

    capture: StoredCapture
    record: RecordRef | None
    body: BodyRef
    found: Provenance
    proof: Proof
    hops: tuple[Hop, ...] = ()  # redirects that led to it, in order
    deleted_at: datetime | None = None  # by retention
    deleted_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """From an article to the bytes that its outlet sent."""

    article_id: int
    url: str
    outlet: str
    revisions: tuple[RevisionLink, ...]  # oldest first
    captures: tuple[Link, ...]
    holds: bool


def chain_of(
    article: ArticleSummary, revisions: list[RevisionLink], captures: list[KeptCapture], files: Files
) -> Chain:
    """Reads and recomputes all of it."""
    links = tuple(
        Link(
            capture=each.capture,
            record=each.record,
            body=each.body,
            found=each.found,
            proof=prove(files, each),
            hops=tuple(Hop(answer=hop, proof=prove_answer(files, hop)) for hop in each.hops),
            deleted_at=each.deleted_at,
            deleted_by=each.deleted_by,
        )
        for each in captures
    )
    return Chain(
        article_id=article.id,
        url=article.url,
        outlet=article.outlet_key,
        revisions=tuple(revisions),
        captures=links,
        holds=all(proof.problem is None for link in links for proof in (link.proof, *(hop.proof for hop in link.hops)))
        and all(each.is_as_read is not False for each in revisions)
        and {each.capture_id for each in revisions} <= {None, *(link.capture.id for link in links)},
    )


def tell_chain(chain: Chain) -> None:
    """Prints it, a revision with its capture, then the other captures."""
    say(f"article {chain.article_id} of {chain.outlet}: {chain.url}")
    links = {link.capture.id: link for link in chain.captures}
    for revision in chain.revisions:
        say(f"revision {revision.number}, seen {revision.seen_at:%Y-%m-%d %H:%M:%S} UTC: {revision.title}")
        say(f"  read by {revision.extractor}; its words: sha256 {revision.content_digest}")
        if revision.is_as_read is False:
            say("  DOES NOT HOLD: its stored words are not those that were read")
        link = links.get(revision.capture_id or 0)
        if link is not None:
            _tell(link)
        elif revision.capture_id is None:
            say("  no capture of it is kept")
        else:
            say(f"  DOES NOT HOLD: its capture {revision.capture_id} is not there, or is another article's")
    cited = {revision.capture_id for revision in chain.revisions}
    for link in chain.captures:
        if link.capture.id not in cited:
            say("no revision came of this capture:")
            _tell(link)


def _tell(link: Link) -> None:
    capture, proof = link.capture, link.proof
    say(f"  capture {capture.id}: {capture.status} from {capture.final_url}")
    for hop in link.hops:
        _tell_hop(hop)
    say(f"    fetched   {capture.fetched_at:%Y-%m-%d %H:%M:%S.%f} UTC" + (f" from {proof.ip}" if proof.ip else ""))
    if proof.tls:
        say(f"    encrypted {proof.tls.version}, {proof.tls.cipher}, certificate sha256 {proof.tls.certificate}")
    if taken := dict(proof.told).get("imported-from"):
        say(f"    imported  from {taken}: others captured it")
    if link.found.source_url:
        say(f"    found at  {link.found.source_url} as {link.found.candidate_url}")
    if link.deleted_at is not None:
        when = f"{link.deleted_at:%Y-%m-%d %H:%M:%S} UTC"
        say(f"    deleted   {when}, `presswatch retention show {link.deleted_by}` tells why")
        say(f"    body was  {capture.size} bytes, sha256 {capture.digest}")
        return
    _tell_record(link)


def _tell_record(link: Link) -> None:
    proof, place = link.proof, link.record or link.body
    say(
        f"    record    {place.segment} at {place.offset}, {place.length} bytes"
        + (f" ({proof.kind})" if proof.kind else "")
    )
    if proof.confirms:
        say(f"    confirms  {proof.confirms}: the server said that its body is as it was")
    if proof.kind == "revisit":
        say(f"    its body  {link.body.segment} at {link.body.offset}, {link.body.length} bytes")
    if proof.record_id:
        say(f"    id        {proof.record_id}, block {proof.block_digest}")
    say(f"    body      {link.capture.size} bytes, sha256 {link.capture.digest}")
    say(f"    DOES NOT HOLD: {proof.problem}" if proof.problem else "    recomputed just now: it holds")
    for title, lines in (("sent", proof.request), ("received", proof.response)):
        if lines:
            say(f"    {title}:")
        for line in lines:
            say(f"      {line}")


def _tell_hop(hop: Hop) -> None:
    answer, place = hop.answer, hop.answer.record
    say(f"    by way of {answer.status} from {answer.url}")
    if place is None:
        say("      deleted with what it led to")
        return
    where = f"{place.segment} at {place.offset}, {place.length} bytes"
    held = "it holds" if hop.proof.problem is None else f"DOES NOT HOLD: {hop.proof.problem}"
    say(f"      {answer.fetched_at:%Y-%m-%d %H:%M:%S.%f} UTC, {where}: {held}")
    for line in hop.proof.response:
        say(f"      {line}")
