"""A kept page shown by a process of its own, which is killed when it takes too long."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping

from crawler.pipelines.body import body_of_capture
from storage.records import NotShown, ReplayedPage, StoredCapture

TIMEOUT_S = 10.0
# More would take all cores of a small machine from the pages that everybody reads.
_AT_ONCE = 2
_WAIT_S = 5.0


class Showing:
    """Makes kept pages fit to be looked at, two at a time. May be used from any thread."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def shown(self, capture: StoredCapture, raw: bytes, pictures: Mapping[str, bytes]) -> ReplayedPage | NotShown:
        """The page of a capture, whose body came over the wire as `raw`, with what may be its pictures by address."""
        asked = (body_of_capture(capture, raw), capture.final_url, dict(pictures))
        if not self._turns.acquire(timeout=_WAIT_S):
            return NotShown(why="other kept pages are being made ready just now; load it again in a moment")
        try:
            done = subprocess.run(
                [sys.executable, "-m", "crawler.replay.child"],
                input=pickle.dumps(asked, pickle.HIGHEST_PROTOCOL),
                capture_output=True,
                timeout=self._timeout_s,
                check=True,
            )
        except subprocess.TimeoutExpired:
            return NotShown(why=f"it is too heavy: not ready after {self._timeout_s:g} s")
        except (subprocess.CalledProcessError, OSError):
            return NotShown(why="it is too heavy: the process that was to read it ended without an answer")
        finally:
            self._turns.release()
        answer: ReplayedPage | NotShown = pickle.loads(done.stdout)  # noqa: S301 (our own child)
        return answer
