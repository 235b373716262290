"""A module at whose import a child dies, while the file that the environment names is there."""

import os
from pathlib import Path

if Path(os.environ["PRESSWATCH_TEST_COLD"]).exists():
    os._exit(7)


def double(number: int) -> int:
    return 2 * number
