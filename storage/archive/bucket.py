"""Ended files of the archive in a bucket of an S3-compatible server.

boto3 is AWS's own client: kept up by its maker, Apache-2.0, with the whole chain by which credentials are found
(environment, shared files, roles of machines and containers). It is an extra, loaded where a bucket is set.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from storage.archive.parts import Part, bytes_of, in_base64, is_same, parts_of
from storage.errors import BucketUnavailable

#: S3 takes 10,000 parts of 5 MiB and more: 160 GB in all, and `archive_file_mb` allows 100.
PART_BYTES = 16 * 1024 * 1024
#: After a server did not answer it is left alone: whoever reads has better to do than to wait for each page.
_LEAVE_ALONE_S = 15.0
_CONNECT_S, _ANSWER_S, _TRIES = 5, 60, 4
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_PAST_END = frozenset({"416", "InvalidRange"})
#: Metadata of an object: SHA-256 of the whole file, which a checksum made of parts is not.
_DIGEST = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """Where the bucket is. Credentials are no part of it."""

    bucket: str
    prefix: str = ""  # put before each name as it is
    endpoint: str | None = None  # None: AWS
    region: str | None = None  # None: as the environment or the shared files of AWS say

    def __str__(self) -> str:
        at = f" at {self.endpoint}" if self.endpoint else ""
        return f"s3://{self.bucket}/{self.prefix}{at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How far an upload is."""

    parts: int  # that the server has
    of: int
    is_resumed: bool = False  # it had this one before


class Bucket:
    """The objects under one prefix, by name. May be used from any thread; not over a fork.

    What fails raises BucketUnavailable, which is an OSError too; what is not there, FileNotFoundError.
    """

    def __init__(self, place: BucketPlace) -> None:
        """Connects to nothing yet. Raises BucketUnavailable where boto3 is missing or the place can be no bucket."""
        self.place = place
        self._silent_until = 0.0
        self._silent_why = ""
        self._lock = threading.Lock()
        for name in ("boto3", "botocore"):  # at DEBUG they log headers, the token of a session among them
            logging.getLogger(name).setLevel(logging.WARNING)
        boto3, config, self._errors = _libraries()
        try:
            self._client = boto3.session.Session().client(
                "s3",
                region_name=place.region,
                endpoint_url=place.endpoint,
                config=config.Config(
                    connect_timeout=_CONNECT_S,
                    read_timeout=_ANSWER_S,
                    retries={"mode": "standard", "total_max_attempts": _TRIES},
                    # Names of buckets are names of hosts at AWS alone.
                    s3={"addressing_style": "path" if place.endpoint else "auto"},
                    user_agent_extra="Presswatch",
                ),
            )
        except (self._errors.BotoCoreError, ValueError) as error:
            raise BucketUnavailable(f"{place} cannot be used: {error}; look at PRESSWATCH_ARCHIVE_S3_*") from error

    def check(self) -> None:
        """Raises BucketUnavailable unless the bucket is there and its contents may be listed."""
        with self._asked():
            self._client.list_objects_v2(Bucket=self.place.bucket, Prefix=self.place.prefix, MaxKeys=1)

    def sizes(self) -> dict[str, int]:
        """All files there with their bytes."""
        found: dict[str, int] = {}
        with self._asked():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.place.bucket, Prefix=self.place.prefix):
                for each in page.get("Contents", ()):
                    found[each["Key"].removeprefix(self.place.prefix)] = each["Size"]
        return found

    def size(self, name: str) -> int:
        """Bytes of a file."""
        with self._asked(name):
            return int(self._client.head_object(**self._at(name))["ContentLength"])

    def digest(self, name: str) -> tuple[int, str | None]:
        """Bytes of a file, and the SHA-256 that was computed of it before it was sent, where the server keeps that."""
        with self._asked(name):
            head = self._client.head_object(**self._at(name))
        return int(head["ContentLength"]), head.get("Metadata", {}).get(_DIGEST)

    def read_digest(self, name: str) -> tuple[int, str]:
        """Bytes and SHA-256 of a file as it is read there now, all of it."""
        found, size, is_ended = hashlib.sha256(), 0, False
        while not is_ended:
            data = self.read(name, size, PART_BYTES)
            found.update(data)
            size += len(data)
            is_ended = len(data) < PART_BYTES
        return size, found.hexdigest()

    def read(self, name: str, offset: int, length: int) -> bytes:
        """So many bytes from there on; fewer, or none, at the end of the file."""
        if length <= 0:
            return b""
        with self._asked(name):
            try:
                found = self._range(name, f"bytes={offset}-{offset + length - 1}")
            except self._errors.ClientError as error:
                if _code(error) in _PAST_END:
                    return b""
                raise
        if len(found) > length:
            raise BucketUnavailable(f"{self.place} sends whole files where a part is asked for; it cannot be read from")
        return found

    def _range(self, name: str, asked: str) -> bytes:
        """The library asks again where no answer comes, and not where one is cut off; raises what it raises."""
        cut_off = (self._errors.IncompleteReadError, self._errors.ResponseStreamingError, self._errors.ReadTimeoutError)
        for left in reversed(range(_TRIES)):
            try:
                found: bytes = self._client.get_object(**self._at(name), Range=asked)["Body"].read()
            except cut_off:
                if not left:
                    raise
            else:
                return found
        raise AssertionError  # the last try returns or raises

    def opened(self, name: str, ahead_bytes: int) -> BinaryIO:
        """A file to read and seek in; so many bytes are asked for at a time."""
        return io.BufferedReader(_RemoteFile(self, name, self.size(name)), ahead_bytes)

    def delete(self, name: str) -> None:
        """Deletes a file; one that is not there is none to delete. A bucket with versions keeps the older ones."""
        with self._asked(name):
            self._client.delete_object(**self._at(name))

    def upload(
        self, path: Path, name: str, told: Callable[[Sent], None] | None = None, part_bytes: int = PART_BYTES
    ) -> str:
        """Copies a file that changes no more; returns its SHA-256. Raises OSError, and nothing has the name then.

        Each part is sent with its SHA-256, which the server compares; what was sent of it by an upload that was broken
        off is not sent again. At the end the server is asked how much it holds: `read_digest` tells what.
        """
        parts, digest = parts_of(path, part_bytes)
        if len(parts) == 1:
            data = bytes_of(path, parts[0])
            with self._asked(name):
                self._client.put_object(
                    **self._at(name),
                    Body=data,
                    ChecksumSHA256=in_base64(parts[0].sha256),
                    Metadata={_DIGEST: digest},
                )
        else:
            self._upload_parts(path, name, parts, digest, told)
        size = sum(part.size for part in parts)
        if (found := self.size(name)) != size:
            raise BucketUnavailable(f"{name} has {found} bytes in {self.place}, not {size}; it is sent again next time")
        return digest

    def _upload_parts(
        self, path: Path, name: str, parts: list[Part], digest: str, told: Callable[[Sent], None] | None
    ) -> None:
        upload, there = self._begun(name, parts, digest)
        done: list[dict[str, Any]] = []
        for part in parts:
            found = there.get(part.number)
            if found is None:
                with self._asked(name):
                    found = self._client.upload_part(
                        **self._at(name),
                        UploadId=upload,
                        PartNumber=part.number,
                        Body=bytes_of(path, part),
                        ChecksumSHA256=in_base64(part.sha256),
                    )
            told_part = {"PartNumber": part.number, "ETag": found["ETag"]}
            if found.get("ChecksumSHA256"):
                told_part["ChecksumSHA256"] = found["ChecksumSHA256"]
            done.append(told_part)
            if told is not None:
                told(Sent(parts=part.number, of=len(parts), is_resumed=part.number in there))
        with self._asked(name):
            self._client.complete_multipart_upload(**self._at(name), UploadId=upload, MultipartUpload={"Parts": done})

    def _begun(self, name: str, parts: list[Part], digest: str) -> tuple[str, dict[int, dict[str, Any]]]:
        """An upload of this very file that was broken off, with the parts that the server has; else a new one."""
        key = self.place.prefix + name
        with self._asked(name):
            listed = self._client.list_multipart_uploads(Bucket=self.place.bucket, Prefix=key)
            for upload in (each["UploadId"] for each in listed.get("Uploads", ()) if each["Key"] == key):
                there = self._parts_there(name, upload)
                same = {part.number: there[part.number] for part in parts if is_same(part, there.get(part.number))}
                if same and len(same) == len(there):
                    return upload, same
                self._client.abort_multipart_upload(**self._at(name), UploadId=upload)
            begun = self._client.create_multipart_upload(
                **self._at(name), ChecksumAlgorithm="SHA256", Metadata={_DIGEST: digest}
            )
        return str(begun["UploadId"]), {}

    def _parts_there(self, name: str, upload: str) -> dict[int, dict[str, Any]]:
        pages = self._client.get_paginator("list_parts").paginate(**self._at(name), UploadId=upload)
        return {each["PartNumber"]: each for page in pages for each in page.get("Parts", ())}

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.place.bucket, "Key": self.place.prefix + name}

    @contextmanager
    def _asked(self, name: str | None = None) -> Iterator[None]:
        """Tells what the library raises as what it means. Raises FileNotFoundError, and BucketUnavailable."""
        with self._lock:
            if time.monotonic() < self._silent_until:
                raise BucketUnavailable(self._silent_why)
        try:
            yield
        except self._errors.ClientError as error:
            code = _code(error)
            if name is not None and code in _ABSENT:
                raise FileNotFoundError(f"{name} is not in {self.place}") from None
            raise BucketUnavailable(f"{self.place} refuses: {_meaning(code, error)}") from error
        except (self._errors.NoCredentialsError, self._errors.PartialCredentialsError) as error:
            raise BucketUnavailable(
                f"{self.place} cannot be asked: {error}; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a "
                "profile, or a role of the machine"
            ) from error
        except (self._errors.BotoCoreError, self._errors.HTTPClientError, ValueError) as error:
            why = f"{self.place} does not answer: {error}; look at PRESSWATCH_ARCHIVE_S3_* and at the server"
            with self._lock:
                self._silent_until, self._silent_why = time.monotonic() + _LEAVE_ALONE_S, why
            raise BucketUnavailable(why) from error


@cache
def bucket_at(place: BucketPlace) -> Bucket:
    """The one client of this process. Raises BucketUnavailable; see `Bucket`."""
    return Bucket(place)


@dataclass(eq=False)
class _RemoteFile(io.RawIOBase):
    """An object as a file."""

    bucket: Bucket
    name: str
    size: int
    place: int = field(default=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, base + offset)
        return self.place

    def tell(self) -> int:
        return self.place

    def readall(self) -> bytes:
        """All that is left; io's own asks for eight KiB at a time."""
        found = bytearray()
        while data := self.bucket.read(self.name, self.place, min(PART_BYTES, self.size - self.place)):
            found += data
            self.place += len(data)
        return bytes(found)

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.size - self.place)
        found = self.bucket.read(self.name, self.place, wanted)
        buffer[: len(found)] = found
        self.place += len(found)
        return len(found)


def _libraries() -> tuple[Any, Any, Any]:
    """Raises BucketUnavailable where the extra is not installed."""
    try:
        return import_module("boto3"), import_module("botocore.config"), import_module("botocore.exceptions")
    except ImportError as error:
        raise BucketUnavailable(
            "PRESSWATCH_ARCHIVE_S3_BUCKET needs boto3, which is not installed. Install the extra: "
            "`pip install 'presswatch[s3]'`, or `pip install boto3`"
        ) from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _meaning(code: str, error: Any) -> str:
    told = {
        "NoSuchBucket": "there is no such bucket; make it, or set PRESSWATCH_ARCHIVE_S3_BUCKET to one that is there",
        "404": "there is no such bucket; make it, or set PRESSWATCH_ARCHIVE_S3_BUCKET to one that is there",
        "InvalidAccessKeyId": "it does not know the access key; look at AWS_ACCESS_KEY_ID",
        "SignatureDoesNotMatch": "the secret key is another; look at AWS_SECRET_ACCESS_KEY",
        "AccessDenied": "access is denied; the key needs s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, "
        "s3:AbortMultipartUpload, s3:ListMultipartUploadParts and s3:ListBucketMultipartUploads",
    }
    return told.get(code, str(error))
