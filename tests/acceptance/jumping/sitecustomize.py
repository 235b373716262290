"""For processes under libfaketime: its clock_nanosleep refuses the absolute times that `time.sleep` gives it."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
