"""What shows the captures of a pressroom."""

from __future__ import annotations

from control.replaying import ArchiveReplayer
from storage.archive.files import Files
from storage.sql.evidence import SqlEvidenceBook
from tests.pressroom import NOW, Pressroom


def replayer_of(room: Pressroom) -> ArchiveReplayer:
    evidence = SqlEvidenceBook(room.engine)
    return ArchiveReplayer(
        evidence, room.segments, Files(folder=room.folder / "archive"), software="Presswatch", clock=lambda: NOW
    )
