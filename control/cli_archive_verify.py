"""`presswatch archive verify`."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import click

from control.choosing import opened
from control.printing import as_json, json_option, say
from control.progress import ProgressLine
from control.rewording import WordsReader
from control.settings import Settings
from control.standstill import held_still
from control.verifying import verify_all
from storage.records import RecordProblem, WordsChecked
from storage.store import Store

#: Below the priority of a service on the same machine.
_NICENESS = 10


@click.command("verify")
@click.option("--words", "is_read_again", is_flag=True, help="Also read each text again from its capture.")
@click.option("--processes", type=click.IntRange(1, 256), help="How many read at once.  [default: one a core]")
@json_option
@click.pass_obj
def verify_command(settings: Settings, is_read_again: bool, processes: int | None, as_json_lines: bool) -> None:
    """Recompute the whole chain, on all cores. Changes nothing.

    \b
    Recomputed are
      - of each record in the archive: that it can be inflated, and its digests;
      - of each index beside them: that it says where the records are;
      - of each capture in the store: address, time, status, headers, body and place against its record;
      - of each revision: that its capture is there and its article's, and the digest
        of headline, text, byline, dates and all else that was read of it;
      - with --words, of each revision that today's extractor and rules have read: headline, text,
        byline and published date, read again from its capture. That takes as long as `presswatch reextract`.

    Exit status 1 when anything is wrong; each problem names its file and record, or its revision, and the URL.
    """  # noqa: D301 (click's mark for lines that stay as they are)
    many = processes or os.cpu_count() or 1
    with opened(settings) as store, held_still(settings.archive_dir):
        deleted = store.evidence.deleted_count()
        told = _Told(in_all=store.evidence.capture_count() - deleted, is_silent=as_json_lines)
        for part in verify_all(store, settings.store_url, settings.archive_files, many):
            told.size, told.records = told.size + part.size, told.records + part.records
            told.captures, told.revisions = told.captures + part.captures, told.revisions + part.revisions
            told.unsealed += part.unsealed
            told.add(part.problems)
        if is_read_again:
            _read_words(store, many, told)
    if as_json_lines:
        click.echo(as_json(told.as_json(deleted)))
    else:
        _tell(told, deleted)
    if told.problems:
        raise click.exceptions.Exit(1)


@dataclass(slots=True, kw_only=True)
class _Told:
    """What was found so far; says problems and how far it is as they come."""

    in_all: int
    is_silent: bool
    size: int = 0
    records: int = 0
    captures: int = 0
    revisions: int = 0
    unsealed: int = 0
    words: WordsChecked = field(default_factory=WordsChecked)
    problems: list[RecordProblem] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    far: ProgressLine = field(init=False)

    def __post_init__(self) -> None:
        self.far = ProgressLine(is_silent=self.is_silent)

    def add(self, problems: Iterable[RecordProblem]) -> None:
        """Notes problems and shows them, and how far it is."""
        for problem in problems:
            self.problems.append(problem)
            if not self.is_silent:
                say(str(problem))
        far = f"{self.captures:,} of {self.in_all:,} captures, {self.size / 1e6:,.1f} MB, {self.revisions:,} revisions"
        self.far.tell(f"{far}, {self.words.revisions:,} read again" if self.words.revisions else far)

    def add_words(self, checked: WordsChecked) -> None:
        """Notes a batch that was read again."""
        self.words = WordsChecked(
            revisions=self.words.revisions + checked.revisions, left=self.words.left + checked.left
        )
        self.add(checked.problems)

    def as_json(self, deleted: int) -> dict[str, object]:
        """For a script."""
        return {
            "captures": self.captures,
            "deleted": deleted,
            "records": self.records,
            "bytes": self.size,
            "revisions": self.revisions,
            "revisions_without_digest": self.unsealed,
            "read_again": self.words.revisions,
            "not_read_again": self.words.left,
            "problems": self.problems,
        }


def _read_words(store: Store, processes: int, told: _Told) -> None:
    os.nice(_NICENESS)
    asyncio.run(WordsReader(store, processes, told.add_words).run(list(store.outlets.outlets())))


def _tell(told: _Told, deleted: int) -> None:
    if deleted:
        say(f"{deleted:,} captures more were deleted; `presswatch retention list` tells by which orders")
    if told.unsealed:
        say(
            f"{told.unsealed:,} revisions were stored by an older version and have no digest of their words yet; "
            "the service gives them one"
        )
    if told.words.left:
        say(
            f"{told.words.left:,} revisions could not be read again: their pages are not kept, or hold up the extractor"
        )
    done = (
        f"{told.captures:,} captures, {told.records:,} records, {told.size / 1e6:,.1f} MB, {told.revisions:,} revisions"
    )
    if told.words.revisions:
        done += f" ({told.words.revisions:,} read again)"
    done += f" in {time.monotonic() - told.began:.1f} s"
    say(f"{done}: {len(told.problems)} problems" if told.problems else f"{done}: all is as it was written")
