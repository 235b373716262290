"""Follows a store's events as the courier does: signatures, stories, origins. Prints its CPU seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from control.following import BATCH, follower_from
from control.opening import open_from
from control.settings import load_settings


def main() -> None:
    """To the end of the log."""
    settings = load_settings()
    store = open_from(settings)
    follower = follower_from(settings, store)
    begun = time.process_time()
    while not follower.follow(BATCH, datetime.now(UTC)).is_current:
        pass
    print(time.process_time() - begun)
    store.close()


if __name__ == "__main__":
    main()
