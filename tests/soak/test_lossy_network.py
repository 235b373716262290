"""A network that loses three packets of ten and takes half a second each way: everything is collected in the end.

The crawl runs in a network namespace of its own, whose only way out is a tunnel; the test carries its packets.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.stored import Stored
from tests.conftest import ROOT
from tests.integration.crawled import load, outlet_at
from tests.integration.hostileweb import HostileOutlet, _serve, article, rss
from tests.newsweb.server import listen

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
LOSS, DELAY_S, PAGES, OUTLETS = 0.3, 0.5, 5, 3
_OURS, _THEIRS = "198.18.77", "198.18.78.1"  # of RFC 2544's network for tests
_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001
_MTU = 1500


class Tunnel:
    """Carries packets between two tunnel devices, late, and loses some."""

    def __init__(self, here: int, there: int) -> None:
        self._ends = {here: there, there: here}
        self.loss = self.delay_s = 0.0
        self._chance = random.Random(25)
        self._late: list[tuple[float, int, int, bytes]] = []  # when, number, to, packet
        self.carried = self.lost = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            wait = max(0.0, self._late[0][0] - time.monotonic()) if self._late else 0.1
            for end in select.select(list(self._ends), [], [], min(wait, 0.1))[0]:
                packet = os.read(end, 2 * _MTU)
                if self._chance.random() < self.loss:
                    self.lost += 1
                else:
                    self.carried += 1
                    heapq.heappush(self._late, (time.monotonic() + self.delay_s, self.carried, self._ends[end], packet))
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(self._late)
                os.write(end, packet)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def device(name: str) -> int:
    tunnel = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tunnel, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN_WITHOUT_HEADER))
    return tunnel


@contextmanager
def lossy_namespace() -> Iterator[tuple[str, Tunnel]]:
    """A network namespace behind a bad tunnel; outlets of the test listen on _OURS.1 and the following."""
    number = os.getpid()
    space, here, there = f"presswatch-{number}", f"pwa{number}", f"pwb{number}"
    try:
        ends = [device(here), device(there)]
        ip("netns", "add", space)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespaces and tunnels here (they take root and /dev/net/tun): {error}")
    tunnel = Tunnel(*ends)
    carrier = threading.Thread(target=tunnel.run, daemon=True)
    try:
        ip("link", "set", there, "netns", space)
        for outlet in range(1, OUTLETS + 1):
            ip("addr", "add", f"{_OURS}.{outlet}/32", "dev", here)
        ip("link", "set", here, "up")
        ip("route", "add", _THEIRS, "dev", here)
        for words in (
            ["link", "set", "lo", "up"],
            ["addr", "add", f"{_THEIRS}/32", "dev", there],
            ["link", "set", there, "up"],
            ["route", "add", "default", "dev", there],
        ):
            ip("-n", space, *words)
        carrier.start()
        yield space, tunnel
    finally:
        tunnel.is_over.set()
        if carrier.is_alive():
            carrier.join(5)
        ip("netns", "del", space)
        for end in ends:
            os.close(end)


@contextmanager
def outlets() -> Iterator[list[HostileOutlet]]:
    """Outlets at our end of the tunnel."""
    addresses = [f"{_OURS}.{number}" for number in range(1, OUTLETS + 1)]
    sockets, is_over = listen(addresses, 0), threading.Event()
    port = sockets[0].getsockname()[1]
    webs = [HostileOutlet(address=address, port=port) for address in addresses]
    for web, listener in zip(webs, sockets, strict=True):
        listener.listen(128)
        threading.Thread(target=_serve, args=(listener, web, is_over), daemon=True).start()
        web.routes = {f"/page-{n}": article(f"Page {n} of {web.address}") for n in range(PAGES)}
        web.routes["/feed"] = rss()
    yield webs
    is_over.set()
    for listener in sockets:
        listener.close()


def crawl(space: str, folder: Path, keys: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
        "PRESSWATCH_DATA_DIR": str(folder),
        "PRESSWATCH_ALLOW_NETWORKS": "198.18.0.0/15",
        "PRESSWATCH_DELAY_S": "0",
        "PRESSWATCH_SLOW_DOWN": "0",
        "PRESSWATCH_RETRY_DELAYS_S": "1,2,5,10,10",
    }
    command = ["ip", "netns", "exec", space, sys.executable, "-m", "tests.integration.hostile_crawl", ",".join(keys)]
    with (folder / "crawl.log").open("ab") as log:
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=log, stderr=log, timeout=600, check=False)
    assert done.returncode == 0, (folder / "crawl.log").read_text()[-3000:]


def test_a_network_that_loses_three_packets_of_ten_costs_time_only(tmp_path: Path):
    with lossy_namespace() as (space, tunnel), outlets() as webs:
        keys = [f"post-{number}" for number in range(OUTLETS)]
        load(tmp_path, [outlet_at(web, key, ["/feed"]) for web, key in zip(webs, keys, strict=True)])
        wanted = sorted(f"Page {n} of {web.address}" for web in webs for n in range(PAGES))
        crawl(space, tmp_path, keys)  # with a good network: robots.txt is read, and there is no news yet
        tunnel.loss, tunnel.delay_s = LOSS, DELAY_S
        for web in webs:
            web.routes["/feed"] = rss(*(f"{web.base}/page-{n}" for n in range(PAGES)))
        began, stored = time.monotonic(), Stored(tmp_path / "presswatch.sqlite3")
        while (found := sorted(a.title for a in stored.articles())) != wanted and time.monotonic() - began < 500:
            crawl(space, tmp_path, keys)
            time.sleep(5)  # a visit that failed comes again later
        print(
            f"\n{len(found)} of {len(wanted)} after {time.monotonic() - began:.0f} s; "
            f"{tunnel.lost} packets lost, {tunnel.carried} carried"
        )
        assert found == wanted
        assert {article.revisions for article in stored.articles()} == {1}
