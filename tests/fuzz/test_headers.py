"""Whatever a server answers, byte by byte, Presswatch's own transport ends the request in time, with an answer or an error.

Raw answers are served on loopback and fetched by `crawler.fetch.transport` as a crawl does, one after the other.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.newsweb.server import listen

EXAMPLES = max(40, int(os.environ.get("PRESSWATCH_TEST_FUZZ_EXAMPLES", "60")) // 10)
IS_LONG = EXAMPLES > 100
_PIECES = [
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 302\r\n", b"HTTP/9.9 999 \xff\r\n", b"HTTP/1.1 103 Early\r\n\r\n", b"\r\n", b"\n", b"\r"),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 5, 6\r\n", b"Content-Length: 99999999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: x\r\n", b"\r\n\r\n"),
    *(b"5\r\nhello\r\n", b"0\r\n\r\n", b"-5\r\n", b"ffffffffffffffff\r\n", b"5;a=b\r\n", b"Connection: upgrade\r\n", b": x\r\n"),
    *(b"Location: http://[::\r\n", b"Location: \xff\xfe\r\n", b"Set-Cookie: \x00\r\n", b" folded\r\n", b"X\r\n", b"X: " + b"y" * 9000),
    *(b"Content-Encoding: gzip, br, \x00\r\n", b"Retry-After: \x00\r\n", b"ETag: \x80\r\n", b"A: b\r\n" * 300, b"\x00" * 40, b"hello"),
]  # fmt: skip


def answers(count: int, seed: int) -> list[bytes]:
    """Raw answers: mostly a status line first, so that what follows is reached."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        parts = chance.choices(_PIECES, k=chance.randrange(14))
        noise = bytes(chance.randrange(256) for _ in range(chance.randrange(30)))
        start = _PIECES[0] if chance.random() < 0.8 else b""
        made.append(start + b"".join(parts) + noise)
    return made


@pytest.mark.timeout(7200 if IS_LONG else 150)
def test_any_answer_ends_its_request_in_time(tmp_path: Path):
    """An answer is one of: a response, an error with a name; and the last request, to a good server, is answered."""
    seed = random.randrange(2**32) if IS_LONG else 7
    sent = [*answers(EXAMPLES, seed), b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"]
    (listener,) = listen(["127.0.0.1"], 0)
    thread = threading.Thread(target=_serve, args=(listener, sent), daemon=True)
    thread.start()
    port = str(listener.getsockname()[1])
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.fetching", port, str(len(sent))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60 + 4 * len(sent),
        check=False,
    )
    listener.close()
    assert done.returncode == 0, (seed, done.stderr[-3000:])
    lines = done.stdout.splitlines()
    assert len(lines) == len(sent), (seed, done.stderr[-3000:])
    assert lines[-1] == "200 4"
    assert "Traceback" not in done.stderr, (seed, done.stderr[-3000:])
    assert [line for line in lines if line.startswith("fault")] == [], seed


def _serve(listener, sent: list[bytes]) -> None:
    listener.listen(16)
    for answer in sent:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(answer)
            except OSError:
                continue
