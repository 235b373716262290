"""The files of the archive by name: those in the folder, and ended ones that lie in the bucket alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.archive.bucket import Bucket, BucketPlace, bucket_at

SUFFIX = ".warc.gz"
#: A file that was written anew has this name until nobody can be reading it any more.
FORMER_SUFFIX = ".old"
#: What is asked of the bucket at a time: a record with those beside it, or a whole file from end to end.
SOME_BYTES, MANY_BYTES = 64 * 1024, 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where files are read. What is in the folder is read there."""

    folder: Path
    place: BucketPlace | None = None  # None: there is no bucket

    @property
    def bucket(self) -> Bucket | None:
        """The bucket. Raises BucketUnavailable where it can be none."""
        return None if self.place is None else bucket_at(self.place)

    def names(self) -> set[str]:
        """All WARC files. Raises OSError, BucketUnavailable among them."""
        found = {path.name for path in self.folder.glob(f"*{SUFFIX}")}
        if self.bucket is not None:
            found |= {name for name in self.bucket.sizes() if name.endswith(SUFFIX)}
        return found

    def read(self, name: str, offset: int, length: int) -> bytes:
        """So many bytes of a file; fewer at its end. Raises OSError."""
        file = self._local(name)
        if file is None:
            return self._remote(name).read(name, offset, length)
        with file:
            file.seek(offset)
            return file.read(length)

    def opened(self, name: str, ahead_bytes: int = SOME_BYTES) -> BinaryIO:
        """A file to read and seek in. Raises OSError, then and when it is read."""
        return self._local(name) or self._remote(name).opened(name, ahead_bytes)

    def _remote(self, name: str) -> Bucket:
        if self.bucket is None:
            raise FileNotFoundError(f"there is no {name} in {self.folder}")
        return self.bucket

    def _local(self, name: str) -> BinaryIO | None:
        """The file; the one that was written anew a moment ago, where the place was known before that."""
        for each in (name, name + FORMER_SUFFIX):
            try:
                return (self.folder / each).open("rb")
            except FileNotFoundError:
                continue
        return None
