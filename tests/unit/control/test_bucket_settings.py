"""Settings of the archive's bucket: what cannot be meant is refused, in a line that shows no credentials."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from control.settings import BadSettings, load_settings

WRONG = {
    "an endpoint with credentials": ("ENDPOINT", "https://key:secret@s3.example.org"),
    "an endpoint with a path": ("ENDPOINT", "https://s3.example.org/press"),
    "an endpoint that is no address": ("ENDPOINT", "s3.example.org"),
    "a server elsewhere without TLS": ("ENDPOINT", "http://s3.example.org"),
    "a server in the next room without TLS": ("ENDPOINT", "http://192.168.0.7:9000"),
    "a name that looks like this machine's": ("ENDPOINT", "http://127.0.0.1.example.org"),
    "a prefix that goes up": ("PREFIX", "../above/"),
    "a prefix without an end": ("PREFIX", "archive"),
    "a bucket that is an address": ("BUCKET", "s3://press"),
    "days before now": ("LOCAL_DAYS", "-1"),
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a bucket."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PRESSWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRESSWATCH_ARCHIVE_S3_BUCKET", "press")


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"PRESSWATCH_ARCHIVE_S3_{name}", value)
    with pytest.raises(BadSettings) as told:
        load_settings()
    assert str(told.value).startswith(f"PRESSWATCH_ARCHIVE_S3_{name} (or ")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000/"])
def test_a_server_on_this_machine_needs_no_tls(endpoint: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRESSWATCH_ARCHIVE_S3_ENDPOINT", endpoint)
    place = load_settings().archive_bucket
    assert place is not None
    assert place.endpoint == endpoint.rstrip("/")


def test_a_server_elsewhere_needs_none_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRESSWATCH_ARCHIVE_S3_ENDPOINT", "http://192.168.0.7:9000")
    monkeypatch.setenv("PRESSWATCH_ARCHIVE_S3_ALLOW_HTTP", "true")
    assert load_settings().archive_s3_endpoint == "http://192.168.0.7:9000"


@pytest.mark.parametrize(
    ("name", "value"),
    [("ENDPOINT", "https://s3.example.org"), ("LOCAL_DAYS", "0"), ("ALLOW_HTTP", "true"), ("PREFIX", "archive/")],
)
def test_what_is_said_of_a_bucket_that_is_not_named_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRESSWATCH_ARCHIVE_S3_BUCKET", "")
    monkeypatch.setenv(f"PRESSWATCH_ARCHIVE_S3_{name}", value)
    with pytest.raises(BadSettings, match="means nothing without PRESSWATCH_ARCHIVE_S3_BUCKET"):
        load_settings()
