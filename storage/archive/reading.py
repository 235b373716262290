"""One record of a WARC file, read and compared with its own digest."""

from __future__ import annotations

import hashlib

from storage.archive.files import Files
from storage.archive.member import unpacked
from storage.archive.record import Record
from storage.errors import BodyMissing, BodyOutOfReach, BucketUnavailable
from storage.records import BodyRef, RecordRef

#: No record that we write is larger: a feed of 50 MB, its head and its chunks.
MAX_RECORD_BYTES = 256 * 1024 * 1024
_END = b"\r\n\r\n"


def read_member(files: Files, ref: RecordRef | BodyRef) -> bytes:
    """The bytes at a place of a file. Raises BodyMissing, and BodyOutOfReach."""
    try:
        return files.read(ref.segment, ref.offset, ref.length)
    except BucketUnavailable as error:
        raise BodyOutOfReach(str(error)) from error
    except (OSError, ValueError) as error:
        raise BodyMissing(f"it cannot be read: {error}") from error


def record_in(member: bytes) -> Record:
    """The record that a gzip member holds. Raises BodyMissing for what is no whole one, or not what was written."""
    return parsed(unpacked(member, MAX_RECORD_BYTES))


def parsed(plain: bytes) -> Record:
    """A record out of its bytes. Raises BodyMissing for what is none, or not what was written."""
    head, found, rest = plain.partition(_END)
    lines = head.split(b"\r\n")
    if not found or not lines[0].startswith(b"WARC/1."):
        raise BodyMissing("there is no WARC record")
    pairs = (line.decode("utf-8", "replace").partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    block = rest.removesuffix(_END)
    if headers.get("content-length") != str(len(block)):
        raise BodyMissing("its length is not what its head says")
    wanted = headers.get("warc-block-digest")
    if wanted and wanted != f"sha256:{hashlib.sha256(block).hexdigest()}":
        raise BodyMissing("its bytes are not what they were")
    return Record(headers=headers, block=block)
