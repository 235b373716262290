"""Fields: the values of one table of an outlet file, read one by one, with the faults they have."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from crawler.outlets.lines import Place
from crawler.outlets.values import (
    Unfit,
    check_address,
    check_country,
    check_cron_line,
    check_day,
    check_days,
    check_delay,
    check_flag,
    check_host,
    check_interval,
    check_kind,
    check_language,
    check_parameter,
    check_pattern,
    check_time_window,
    check_time_windows,
    check_timezone,
    check_words,
    nearest,
    type_name,
)
from storage.records import SourceKind

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a table; `remedy` says what to do."""

    place: Place
    key: str
    what: str
    remedy: str


class Fields:
    """The values of one table, read one by one; what does not fit is left out and noted in `faults`."""

    def __init__(self, table: dict[str, Any], place: Place | None = None, faults: list[Fault] | None = None) -> None:
        self.table = table
        self.faults: list[Fault] = [] if faults is None else faults
        self._place = place or Place()

    def fault(self, key: str, what: str, remedy: str) -> None:
        """Notes a fault of a key, or of the table as a whole where the key is ""."""
        self.faults.append(Fault(place=replace(self._place, key=key), key=key, what=what, remedy=remedy))

    def refuse_unknown(self, known: Collection[str], where: str = "an outlet file") -> None:
        """Notes a fault for each key that is not one of those known."""
        for key in self.table:
            if key not in known:
                self.fault(key, f"is not a key of {where}", _remedy_for(key, known))

    def words(self, key: str, *, required: bool = False, lines: bool = False) -> str | None:
        """A string without control characters; with `lines`, line breaks are fine."""
        return self._one(key, lambda value: check_words(value, lines=lines), required=required)

    def address(self, key: str, *, required: bool = False) -> str | None:
        """An absolute http or https address."""
        return self._one(key, check_address, required=required)

    def kind(self, key: str) -> SourceKind | None:
        """A kind of source."""
        return self._one(key, check_kind, required=True)

    def day(self, key: str) -> str | None:
        """An ISO day, as a string or as a date of TOML."""
        return self._one(key, check_day)

    def country(self, key: str) -> str | None:
        """An ISO 3166-1 alpha-2 code."""
        return self._one(key, check_country)

    def timezone(self, key: str) -> str | None:
        """An IANA time zone."""
        return self._one(key, check_timezone)

    def delay(self, key: str) -> float | None:
        """Seconds from 0 to an hour."""
        return self._one(key, check_delay)

    def interval(self, key: str) -> int | None:
        """Whole seconds from 1 to 30 days."""
        return self._one(key, check_interval)

    def days(self, key: str) -> int | None:
        """Whole days, up to a century."""
        return self._one(key, check_days)

    def flag(self, key: str) -> bool | None:
        """True or false."""
        return self._one(key, check_flag)

    def cron(self, key: str) -> str | None:
        """A cron line of five fields."""
        return self._one(key, check_cron_line)

    def windows(self, key: str) -> tuple[str, ...] | None:
        """Times of the day, such as "00:00-05:00"; together they leave some of it."""
        windows = self._many(key, check_time_window)
        if windows:
            self._checked(key, windows, check_time_windows)
        return windows or None

    def languages(self, key: str) -> tuple[str, ...]:
        """ISO 639-1 codes."""
        return self._many(key, check_language)

    def hosts(self, key: str) -> tuple[str, ...]:
        """Host names, lower case and in ASCII."""
        return self._many(key, check_host)

    def list_of_words(self, key: str) -> tuple[str, ...]:
        """Strings without control characters."""
        return self._many(key, check_words)

    def patterns(self, key: str) -> tuple[str, ...]:
        """Regular expressions."""
        return self._many(key, check_pattern)

    def parameters(self, key: str) -> tuple[str, ...]:
        """Names of query parameters, lower case."""
        return self._many(key, check_parameter)

    def checked(self, key: str, check: Callable[[Any], _T], *, required: bool = False) -> _T | None:
        """A value that passes a check, which raises Unfit."""
        return self._one(key, check, required=required)

    def _one(self, key: str, check: Callable[[Any], _T], *, required: bool = False) -> _T | None:
        if key not in self.table:
            if required:
                self.fault(key, "is missing", f"add {key} = ...")
            return None
        return self._checked(key, self.table[key], check)

    def _many(self, key: str, check: Callable[[Any], str]) -> tuple[str, ...]:
        values = self.table.get(key, [])
        if not isinstance(values, list):
            self.fault(key, f"must be a list, but is {type_name(values)}", f'write {key} = ["...", "..."]')
            return ()
        checked = [self._checked(key, value, check) for value in values]
        fitting = [value for value in checked if value is not None]
        for value in sorted({value for value in fitting if fitting.count(value) > 1}):
            self.fault(key, f'"{value}" is named twice', "remove one of the two")
        return tuple(fitting)

    def _checked(self, key: str, value: Any, check: Callable[[Any], _T]) -> _T | None:
        try:
            return check(value)
        except Unfit as unfit:
            what, remedy = unfit.args
            self.fault(key, what, remedy)
            return None


def _remedy_for(key: str, known: Collection[str]) -> str:
    near = nearest(key, known)
    return f"did you mean {near}?" if near else f"remove it; there are {', '.join(known)}"
