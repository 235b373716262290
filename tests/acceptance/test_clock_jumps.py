"""The clock of the machine jumps a day ahead and back under a whole service, by libfaketime."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.acceptance.environment import ROOT
from tests.acceptance.newsroom import Newsroom, newsroom
from tests.newsweb.process import wait_until
from tests.receiver import receiving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]
#: An outlet is visited every two seconds; a jump of the clock is looked for each second.
BACK_WITHIN_S = 60
JUMPS = ["+1d", "-1d", "+0d"]  # what the clock is ahead by; the second jump is two days back


def every_outlet_is_visited(news: Newsroom, since: float) -> bool:
    return all(any(asked.at > since and asked.path == "/feed" for asked in web.asked) for web in news.webs.values())


def test_a_clock_that_jumps_a_day_skips_no_feed_and_alarms_nobody(tmp_path: Path, faketime: str):
    ahead = tmp_path / "ahead"
    ahead.write_text("+0d")
    with newsroom(tmp_path, every_s=5.0) as news, receiving() as desk:
        news.service.env |= {
            "LD_PRELOAD": faketime,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/acceptance/jumping"), os.environ.get("PYTHONPATH", "")]),
            "FAKETIME_TIMESTAMP_FILE": str(ahead),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        done = news.service.run("channels", "add", "alarms", desk.url, "--alerts")
        assert done.returncode == 0, done.stderr
        up = news.service.up()
        assert news.goes_on()
        for jump in JUMPS:
            ahead.write_text(jump)
            jumped = time.monotonic()
            assert wait_until(lambda jumped=jumped: every_outlet_is_visited(news, jumped + 2), BACK_WITHIN_S), (
                jump,
                up.words(),
            )
            print(f"clock at {jump}: every feed asked for within {time.monotonic() - jumped:.1f} s")
            assert news.goes_on()
        news.settle(120)
        assert desk.received == []
        assert news.fetched_again() == 0
        assert up.stop() == 0
