"""An order to delete carried out: rows first, then the archive's files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from control.settings import Settings
from control.version import VERSION
from storage.records import RetentionState
from storage.retention.compacting import Compacted, compact
from storage.store import Store

_SOFTWARE = f"Presswatch {VERSION}"


def carry_out(store: Store, settings: Settings, number: int, *, by: str, wait_s: float) -> Iterator[Compacted]:
    """Deletes what plan `number` names and is not held or pinned since, and tells what became of each file.

    Interrupted at any moment, the same goes on. The order is done once no file holds anything of it any more. Readers
    may go on with a file that was written anew for `wait_s`.
    """
    order = store.deleting.order(number)
    if order.state is not RetentionState.DONE:
        store.deleting.begin(number, by=by, now=datetime.now(UTC))
        while store.deleting.step(number, datetime.now(UTC)):
            pass
    is_whole = True
    for each in compact(store.engine, settings.archive_files, wait_s=wait_s, software=_SOFTWARE):
        is_whole = is_whole and each.problem is None
        yield each
    if is_whole:
        store.deleting.end(number, datetime.now(UTC))
