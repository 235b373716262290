"""The archive's files in a bucket: a real S3 server on loopback, the `presswatch` command beside it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.pipelines.rereading import bodies_of
from storage.archive.archive import Archive
from storage.archive.bucket import Bucket, BucketPlace, bucket_at
from storage.archive.exclusion import kept_still
from storage.archive.files import Files
from storage.archive.uploading import Uploaded, take_out, upload
from storage.archive.verifying import verify_file
from storage.errors import BodyMissing, BodyOutOfReach, BucketUnavailable
from storage.records import NotShown, ReplayedPage
from tests import commands
from tests.acceptance.harness import free_port
from tests.bucketpress import PAGES, Press, store_articles
from tests.bucketserver import CREDENTIALS, SECRET, TOKEN, BucketServer, cutting_off
from tests.newsweb.process import wait_until
from tests.unit.storage.archive.captured import capture, exchanged

pytestmark = pytest.mark.timeout(240)
PART = 5 * 1024 * 1024  # the least that S3 allows
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        made = BucketServer(tmp_path_factory.mktemp("s3") / "log")
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def place(server: BucketServer, tmp_path: Path) -> BucketPlace:
    name = f"press-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    server.client.create_bucket(Bucket=name)
    return BucketPlace(bucket=name, prefix="archive/", endpoint=server.endpoint)


@pytest.fixture
def bucket(place: BucketPlace) -> Bucket:
    return bucket_at(place)


def written(folder: Path, *bodies: bytes) -> tuple[str, list]:
    archive = Archive(folder)
    places = [archive.put(exchanged(body)) for body in bodies]
    archive.close()
    return places[0].segment, places


def sent(folder: Path, bucket: Bucket) -> list[Uploaded]:
    referred = {path.name for path in folder.glob("*.warc.gz")}
    return list(upload(folder, bucket, referred, part_bytes=PART))


def moved_out(folder: Path, bucket: Bucket, name: str) -> list[Uploaded]:
    return list(take_out(folder, bucket, {name}, before=LATER))


def test_credentials_are_in_no_log(bucket: Bucket, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    bucket.check()
    for secret in (SECRET, TOKEN, CREDENTIALS["AWS_ACCESS_KEY_ID"]):
        assert secret not in caplog.text


def test_a_file_goes_into_the_bucket_and_is_read_from_there_alone(tmp_path: Path, place: BucketPlace, bucket: Bucket):
    name, places = written(tmp_path, b"one" * 100, b"two" * 100)
    whole = (tmp_path / name).read_bytes()
    assert [each.name for each in sent(tmp_path, bucket)] == [name]
    assert sent(tmp_path, bucket) == [], "what is there is not sent again"
    assert [each.is_gone_here for each in moved_out(tmp_path, bucket, name)] == [True]
    assert not list(tmp_path.glob("*.warc.gz"))
    assert not list(tmp_path.glob("*.cdxj"))
    assert bucket.read(name, 0, len(whole) + 10) == whole
    digest = hashlib.sha256(b"two" * 100).hexdigest()
    assert Archive(tmp_path, bucket=place).get(places[1], digest) == b"two" * 100
    with pytest.raises(BodyMissing):
        Archive(tmp_path).get(places[1], digest)
    told = verify_file(Files(folder=tmp_path, place=place), name, [])
    assert (told.problems, told.size) == ((), len(whole))


def test_a_body_that_lies_in_the_bucket_alone_is_referred_to_and_not_kept_twice(
    tmp_path: Path, place: BucketPlace, bucket: Bucket
):
    name, (known, *_) = written(tmp_path, b"one" * 100)
    sent(tmp_path, bucket)
    moved_out(tmp_path, bucket, name)
    again = Archive(tmp_path, bucket=place).put(capture(b"one" * 100), known=known)
    assert again.revisit is not None
    assert (again.segment, again.offset) == (known.segment, known.offset)


def test_an_upload_that_was_broken_off_goes_on_where_it_was(tmp_path: Path, bucket: Bucket, server: BucketServer):
    path = tmp_path / "large.warc.gz"
    path.write_bytes(random.Random(4).randbytes(5_500_000))
    told = []

    def broken_off(now) -> None:
        if now.parts == 1:
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        bucket.upload(path, path.name, broken_off, PART)
    assert path.name not in bucket.sizes(), "half a file has no name"
    digest = bucket.upload(path, path.name, told.append, PART)
    assert [each.is_resumed for each in told] == [True, False]
    assert bucket.digest(path.name) == (5_500_000, digest)
    asked = server.log.read_text().count("GET ")
    with bucket.opened(path.name, 1024 * 1024) as file:
        assert hashlib.sha256(file.read()).hexdigest() == digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert server.log.read_text().count("GET ") == asked + 1, "not a request for each few bytes"


def test_what_is_left_of_another_file_of_that_name_is_not_built_upon(tmp_path: Path, bucket: Bucket):
    path = tmp_path / "large.warc.gz"
    for seed in (5, 6):
        path.write_bytes(random.Random(seed).randbytes(5_300_000))
        told = []

        def broken_off(now, seed=seed, told=told) -> None:
            told.append(now.is_resumed)
            if seed == 5:
                raise ConnectionAbortedError

        try:
            bucket.upload(path, path.name, broken_off, PART)
        except ConnectionAbortedError:
            continue
    assert told == [False, False]
    assert bucket.read(path.name, 0, 6_000_000) == path.read_bytes()


def test_an_answer_that_is_cut_off_is_asked_for_again(tmp_path: Path, place: BucketPlace, bucket: Bucket):
    path = tmp_path / "some.warc.gz"
    path.write_bytes(random.Random(8).randbytes(200_000))
    bucket.upload(path, path.name)
    with cutting_off(place.endpoint, times=2) as (endpoint, cuts):
        through = Bucket(BucketPlace(bucket=place.bucket, prefix=place.prefix, endpoint=endpoint))
        assert through.read(path.name, 0, 200_000) == path.read_bytes()
    assert len(cuts) == 2


def test_a_file_stays_here_where_the_bucket_holds_other_bytes_or_none(
    tmp_path: Path, place: BucketPlace, bucket: Bucket, server: BucketServer
):
    name, _ = written(tmp_path, b"one" * 100)
    assert moved_out(tmp_path, bucket, name)[0].problem
    sent(tmp_path, bucket)
    other = bytes(reversed((tmp_path / name).read_bytes()))
    server.client.put_object(Bucket=place.bucket, Key=f"archive/{name}", Body=other)
    (told,) = moved_out(tmp_path, bucket, name)
    assert told.problem is not None
    assert "otherwise" in told.problem
    assert (tmp_path / name).exists()


def test_a_file_stays_here_where_the_bucket_says_it_has_it_and_gives_other_bytes(
    tmp_path: Path, place: BucketPlace, bucket: Bucket, server: BucketServer
):
    name, _ = written(tmp_path, b"one" * 100)
    sent(tmp_path, bucket)
    data = bytearray((tmp_path / name).read_bytes())
    data[-1] ^= 1
    server.client.put_object(
        Bucket=place.bucket, Key=f"archive/{name}", Body=bytes(data), Metadata={"sha256": bucket.digest(name)[1]}
    )
    (told,) = moved_out(tmp_path, bucket, name)
    assert "otherwise" in str(told.problem)
    assert (tmp_path / name).exists()


def test_a_file_that_something_else_reads_stays_here_until_the_next_run(tmp_path: Path, bucket: Bucket):
    name, _ = written(tmp_path, b"one" * 100)
    sent(tmp_path, bucket)
    with kept_still(tmp_path, is_exclusive=False), pytest.raises(BlockingIOError):  # a backup
        moved_out(tmp_path, bucket, name)
    assert (tmp_path / name).exists()
    assert [each.is_gone_here for each in moved_out(tmp_path, bucket, name)] == [True]


class Meanwhile(Bucket):
    """The bucket, while something happens here as the last of it is read."""

    def __init__(self, place: BucketPlace, meanwhile: Callable[[], object]) -> None:
        super().__init__(place)
        self._meanwhile = meanwhile

    def read_digest(self, name: str) -> tuple[int, str]:
        found = super().read_digest(name)
        if name.endswith(".cdxj"):  # compared behind its file
            self._meanwhile()
        return found


@pytest.mark.parametrize("is_in_place", [True, False], ids=["in place", "under its name"])
def test_a_file_that_is_written_anew_while_it_is_compared_stays_here(
    tmp_path: Path, place: BucketPlace, bucket: Bucket, *, is_in_place: bool
):
    """A deletion writes files anew, of the same size at times: what the bucket has then is not what is here."""
    name, _ = written(tmp_path, b"one" * 100)
    sent(tmp_path, bucket)
    file, anew = tmp_path / name, tmp_path / "beside"
    data = bytes(reversed(file.read_bytes()))

    def rewrite() -> None:
        (file if is_in_place else anew).write_bytes(data)
        if not is_in_place:
            anew.rename(file)

    (told,) = moved_out(tmp_path, Meanwhile(place, rewrite), name)
    assert "written anew" in str(told.problem)
    assert file.read_bytes() == data
    assert "otherwise" in str(moved_out(tmp_path, bucket, name)[0].problem)


def test_what_is_being_written_and_what_the_store_does_not_know_is_not_sent(tmp_path: Path, bucket: Bucket):
    archive = Archive(tmp_path)
    archive.put(exchanged(b"one"))
    archive.sync()
    assert sent(tmp_path, bucket) == []
    archive.close()
    assert list(upload(tmp_path, bucket, set())) == []
    assert len(sent(tmp_path, bucket)) == 1


def test_a_server_that_is_away_loses_nothing_and_is_not_asked_for_each_page(tmp_path: Path, server: BucketServer):
    away = BucketServer(tmp_path / "log")
    place = BucketPlace(bucket="press", endpoint=away.endpoint)
    name, (known, *_) = written(tmp_path / "archive", b"one" * 100)
    bucket = Bucket(place)
    with pytest.raises(BucketUnavailable, match="does not answer"):
        sent(tmp_path / "archive", bucket)
    assert (tmp_path / "archive" / name).exists()
    (tmp_path / "archive" / name).rename(tmp_path / "aside")
    archive = Archive(tmp_path / "archive", bucket=place)
    with pytest.raises(BodyMissing, match="does not answer"):
        archive.get(known, hashlib.sha256(b"one" * 100).hexdigest())
    assert archive.put(exchanged(b"one" * 100), known=known).revisit is None, "it is kept once more"
    archive.close()


def test_a_killed_removal_is_ended_by_the_next_one(tmp_path: Path, bucket: Bucket):
    name, _ = written(tmp_path, b"one" * 100)
    sent(tmp_path, bucket)
    (tmp_path / name).unlink()  # the index was still to go
    assert [each.is_gone_here for each in moved_out(tmp_path, bucket, name)] == [True]
    assert not list(tmp_path.glob("*.cdxj"))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    store_articles(folder)
    return folder


@pytest.fixture
def press(stored: Path, place: BucketPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Press:
    """A store of its own with three articles, whose file is ended and lies here."""
    return Press(shutil.copytree(stored / "data", tmp_path / "data"), stored / "catalogue", place, monkeypatch)


@pytest.fixture
def moved(press: Press) -> Press:
    """The same, with that file in the bucket alone."""
    assert [each.is_gone_here for each in press.upload()] == [False, True]
    assert not list(press.folder.glob("*.warc.gz"))
    return press


def test_verify_prove_export_and_replay_read_files_that_lie_in_the_bucket_alone(moved: Press, tmp_path: Path):
    shutil.rmtree(moved.folder)  # a machine of its own that was lost, but for its database
    found = json.loads(moved("archive", "verify", "--json", "--processes", "1").stdout)
    assert (found["captures"], found["problems"]) == (3, [])
    (chain,) = json.loads(moved("archive", "prove", PAGES[1], "--json").stdout)["captures"]
    assert chain["proof"]["problem"] is None
    assert chain["proof"]["request"][0].startswith("GET ")
    assert moved("archive", "export", str(tmp_path / "all.wacz")).exit_code == 0
    with zipfile.ZipFile(tmp_path / "all.wacz") as package:
        assert b"bridge-2" in package.read("indexes/index.cdxj")
    with moved.opened() as store:
        kept = store.evidence.capture(chain["capture"]["id"])
        replayer = moved.replayer(store)
        shown = replayer.page(kept)
        assert isinstance(shown, ReplayedPage)
        assert b"A bridge" in gzip.decompress(replayer.records(kept))


def test_a_page_that_a_silent_bucket_holds_is_said_to_be_out_of_reach_and_not_damaged(
    moved: Press, server: BucketServer
):
    moved.set(ARCHIVE_S3_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    with moved.opened() as store:
        (kept,) = store.evidence.of_article(1)[1]
        shown = moved.replayer(store).page(kept)
        assert isinstance(shown, NotShown)
        assert "does not answer; try again later" in shown.why
        (revision,) = store.readings.to_read(moved.reading(store), "shipped", 0, 1)
        with pytest.raises(BodyOutOfReach):  # else it would be read again without its page
            bodies_of([revision], lambda page: store.bodies.get(page.ref, page.capture.digest))


def test_a_backup_tells_what_lies_in_the_bucket_alone(moved: Press, tmp_path: Path):
    backup = moved("backup", str(tmp_path / "backup"))
    assert backup.exit_code == 0
    assert "1 files of the archive lie in s3://" in backup.output
    assert "are no part of it" in backup.output


def test_a_deletion_ends_in_the_bucket_too_once_it_answers(moved: Press, bucket: Bucket):
    (before,) = [name for name in bucket.sizes() if name.endswith(".warc.gz")]
    moved("retention", "plan", "--outlet", "shipped", "--pages-days", "30", "--texts-days", "30", "--why", "law")
    moved.set(ARCHIVE_S3_BUCKET="nobody-made-this")
    away = moved("retention", "run", "1", "--wait", "0")
    assert away.exit_code != 0
    assert "no such bucket" in away.output
    moved.set(ARCHIVE_S3_BUCKET=bucket.place.bucket)
    ran = moved("retention", "run", "1", "--wait", "0")
    assert ran.exit_code == 0, ran.output
    assert before not in bucket.sizes()
    assert f"{before.removesuffix('.warc.gz')}-r1.warc.gz" in bucket.sizes(), "what stays is as safe as it was"
    assert not list(moved.folder.glob("*.old"))


def test_what_was_written_anew_goes_from_the_bucket_though_its_copy_here_was_lost(moved: Press, bucket: Bucket):
    (name,) = [name for name in bucket.sizes() if name.endswith(".warc.gz")]
    kept = bucket.read(name, 0, 1_000_000)
    moved("retention", "plan", "--outlet", "shipped", "--pages-days", "30", "--texts-days", "30", "--why", "law")
    assert moved("retention", "run", "1", "--wait", "0").exit_code == 0
    (moved.folder / name).write_bytes(kept)
    bucket.upload(moved.folder / name, name)  # as when the run was killed before it deleted it there
    (moved.folder / name).unlink()
    assert moved("retention", "run", "1", "--wait", "0").exit_code == 0
    assert name not in bucket.sizes()


def test_doctor_tells_what_is_wrong_with_the_bucket(press: Press):
    assert "answers" in press("doctor").output
    press.set(ARCHIVE_S3_BUCKET="nobody-made-this")
    wrong = press("doctor")
    assert wrong.exit_code == 1
    assert "there is no such bucket; make it" in wrong.output
    assert press("status").exit_code == 0, "what needs no page needs no bucket"


def test_the_command_uploads_tells_of_trouble_and_has_nothing_to_do_then(press: Press):
    (file,) = press.folder.glob("*.warc.gz")
    press.set(ARCHIVE_S3_BUCKET="nobody-made-this")
    away = press("archive", "upload")
    assert away.exit_code == 1
    assert "no such bucket" in away.output
    assert file.exists()
    press.set(ARCHIVE_S3_BUCKET=press.place.bucket)
    assert f"{file.name}: in the bucket alone now" in press("archive", "upload").output
    assert "nothing to upload" in press("archive", "upload").output
    press.set(ARCHIVE_S3_BUCKET="", ARCHIVE_S3_ENDPOINT="", ARCHIVE_S3_PREFIX="", ARCHIVE_S3_LOCAL_DAYS="")
    assert "there is no bucket" in press("archive", "upload").output


def test_a_worker_uploads_by_itself_what_it_or_another_one_ended(press: Press, bucket: Bucket):
    (file,) = press.folder.glob("*.warc.gz")
    worker = commands.start("worker", env=dict(os.environ))
    try:
        assert wait_until(lambda: not file.exists(), 150)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    assert {file.name, file.name.replace(".warc.gz", ".cdxj")} <= bucket.sizes().keys()


def test_without_boto3_a_bucket_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BucketUnavailable, match=r"pip install 'presswatch\[s3\]'"):
        Bucket(BucketPlace(bucket="press"))
