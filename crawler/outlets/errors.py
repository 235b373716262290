"""Everything that crawler.outlets raises.

OutletsError
├── BadOrder              an order about visits (cron line, window, span) that makes no sense
└── CatalogueError        outlet files that break the rules, with all their problems
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class OutletsError(Exception):
    """Something about the description of outlets is wrong."""


class BadOrder(OutletsError):
    """An order about visits makes no sense: what is wrong with it, and the remedy with an example."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in one outlet file."""

    file_name: str
    line: int  # from 1
    key: str  # the key in question, or "" where it is the file as a whole
    what: str  # what is wrong
    remedy: str  # what to do next

    def __str__(self) -> str:
        where = f"{self.file_name}:{self.line}: "
        return f"{where}{self.key}: {self.what}; {self.remedy}" if self.key else f"{where}{self.what}; {self.remedy}"


class CatalogueError(OutletsError):
    """Outlet files break the rules: one line a problem, with file, line, key and remedy."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
