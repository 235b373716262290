"""Logs of processes that run for months stay small, and lose nothing that is written meanwhile."""

from __future__ import annotations

from pathlib import Path

from control.supervisor import cut_log


def test_a_log_that_has_grown_large_is_kept_once_and_goes_on_empty(tmp_path: Path):
    path = tmp_path / "worker.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"first\n" * 20)
        assert cut_log(path, 100)
        writer.write(b"second\n")  # the process knows nothing of it
    assert path.read_bytes() == b"second\n"
    assert (tmp_path / "worker.log.1").read_bytes() == b"first\n" * 20


def test_a_small_log_and_none_are_left_alone(tmp_path: Path):
    path = tmp_path / "worker.log"
    assert not cut_log(path, 100)
    path.write_bytes(b"first\n")
    assert not cut_log(path, 100)
    assert path.read_bytes() == b"first\n"
