"""Fixtures that start the local news web and Presswatch."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.harness import Presswatch
from tests.newsweb.process import RunningNewsweb

StartNewsweb = Callable[..., RunningNewsweb]
MakePresswatch = Callable[..., Presswatch]


@pytest.fixture(scope="module")
def newsweb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartNewsweb]:
    """Starts news webs with the given options (and `port=`); they end with the module."""
    with contextlib.ExitStack() as stack:

        def start(*options: str, port: int = 0) -> RunningNewsweb:
            folder = tmp_path_factory.mktemp("newsweb")
            return stack.enter_context(RunningNewsweb(folder, *options, port=port))

        yield start


@pytest.fixture(scope="module")
def presswatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakePresswatch]:
    """Makes Presswatches with a catalogue folder and settings; their processes end with the module."""
    number = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def make(catalogue: Path, **settings: str) -> Presswatch:
            folder = tmp_path_factory.mktemp(f"presswatch-{next(number)}")
            return stack.enter_context(Presswatch(folder, catalogue, **settings))

        yield make
