"""The web as a process: conditional requests, the access log, the judge."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.newsweb.process import ROOT, RunningNewsweb


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsweb")
    with RunningNewsweb(folder, "--outlets", "2", "--articles", "4", "--crawl-delay", "0") as web:
        yield web


def ask(url: str, **headers: str):
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_each_article_of_the_truth_is_served_and_logged_with_its_key(running):
    truth = running.truth()
    for record in truth.values():
        status, _, body = ask(record["url"], User_Agent="tester")
        assert status == 200
        assert record["title"].encode() in body
    logged = [line for line in running.log() if line["agent"] == "tester"]
    assert [line["article"] for line in logged] == list(truth)
    assert all(line["allowed"] and line["complete"] for line in logged)


def test_a_conditional_request_is_answered_304(running):
    feed = running.bases[0] + "/feed.xml"
    _, headers, _ = ask(feed)
    validator = (
        {"If_None_Match": headers["ETag"]} if headers["ETag"] else {"If_Modified_Since": headers["Last-Modified"]}
    )
    status, _, body = ask(feed, **validator)
    assert (status, body) == (304, b"")


def test_a_disallowed_path_is_logged_as_not_allowed(running):
    ask(running.bases[1] + "/search?q=x")
    assert running.log()[-1]["allowed"] is False


def test_time_can_be_skipped(running):
    before = running.status()["now"]
    running.advance(3600)
    assert running.status()["now"] >= before + 3600


def test_the_judge_reads_truth_and_log(running):
    running.status()
    command = [
        sys.executable,
        "-m",
        "tests.newsweb",
        "check",
        "--truth",
        str(running.truth_file),
        "--log",
        str(running.log_file),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["articles_offered"] == 8
