"""A process that dies is started again, ever more slowly, for as long as the service runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.settings import Settings
from control.supervisor import Supervisor, _Process

WAITS_S = {1: 0.5, 2: 1, 3: 2, 6: 16, 7: 30, 8: 30, 2000: 30, 10**6: 30}


@pytest.mark.parametrize(("deaths", "wait_s"), WAITS_S.items())
def test_the_wait_after_so_many_deaths_in_a_row(deaths: int, wait_s: float, tmp_path: Path):
    process = _Process("worker", deaths=deaths)
    Supervisor(Settings(data_dir=tmp_path))._start_later(process, 100.0, "status 1")
    assert process.restart_at == 100.0 + wait_s
