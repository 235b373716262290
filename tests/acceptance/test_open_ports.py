"""`presswatch up` listens on the page's port, and on nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.harness import Presswatch, descendants


def listening(pids: list[int]) -> set[int]:
    """TCP ports on which any of these processes listens, whatever the address."""
    sockets = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.add(str(descriptor.readlink()))
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:
                ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


def test_the_service_listens_on_one_port_only(tmp_path: Path):
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    source = OutletSource(kind=SourceKind.FEED, url="http://127.0.0.1:9/feed")  # refused, as it is a private address
    outlet = Outlet(key="one", name="One", home_url="http://127.0.0.1:9/", sources=(source,))
    (catalogue / "one.toml").write_text(write_outlet(outlet), encoding="utf-8")
    with Presswatch(tmp_path, catalogue) as service:
        up = service.up()
        family = [up._process.pid, *descendants(up._process.pid)]
        assert len(family) >= 5  # supervisor, scheduler, worker, web, courier
        assert listening(family) == {service.port}
