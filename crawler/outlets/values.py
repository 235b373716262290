"""Values of outlet files: each check takes what TOML gave and returns the value, or raises Unfit."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
import warnings
import zoneinfo
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

import ada_url

from crawler.codes import COUNTRIES, LANGUAGES
from crawler.outlets.cadence.schedule import check_cron
from crawler.outlets.cadence.windows import check_window, check_windows
from crawler.outlets.errors import BadOrder
from storage.records import SourceKind

_A = TypeVar("_A")
_T = TypeVar("_T")

MAX_WORDS_LENGTH = 2_000
MAX_URL_LENGTH = 2_000
MAX_DELAY_S = 3_600
MAX_INTERVAL_S = 30 * 24 * 3_600
MAX_KEPT_DAYS = 36_500


class Unfit(ValueError):
    """A value does not fit: what is wrong with it, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


def check_words(value: Any, *, lines: bool = False) -> str:
    """A string with something in it and without control characters; with `lines`, line breaks are fine."""
    text = _string(value).strip("\n") if lines else _string(value)
    if not text.strip():
        raise Unfit("is empty", "give it a value or remove it")
    if text != text.strip():
        raise Unfit("begins or ends with blanks", "remove them")
    if len(text) > MAX_WORDS_LENGTH:
        raise Unfit(f"has {len(text)} characters", f"shorten it to {MAX_WORDS_LENGTH}")
    # Cc control, Cs surrogate, Zl and Zp line separators
    bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} - ({"\n"} if lines else set())
    if bad:
        raise Unfit(f"holds the control character U+{ord(min(bad)):04X}", "remove it")
    return text


def check_address(value: Any) -> str:
    """An absolute http or https URL without credentials, blanks or a fragment, as it was written."""
    text = _string(value)
    shown = re.sub(r"//.*@", "//...@", text)  # what is quoted may be logged, and a password must not be
    remedy = "write the whole address, such as https://www.example.org/feed"
    if len(text) > MAX_URL_LENGTH:
        raise Unfit(f"an address of {len(text)} characters", f"use one of at most {MAX_URL_LENGTH}")
    # The parser would mend these; a file should hold what is fetched.
    if any(c.isspace() or unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise Unfit(f"{shown!r} holds blanks or control characters", "remove them, or write them as %20")
    if not re.match(r"https?://[^/]", text, re.IGNORECASE):
        raise Unfit(f'"{shown}" is not an absolute http or https address', remedy)
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise Unfit(f'"{shown}" is not a valid address', remedy) from None
    if url.username or url.password:
        raise Unfit("the address holds a user name or password", "remove what stands before the @")
    if url.hash or text.endswith("#"):
        raise Unfit("the address holds a fragment", "remove what stands from the # on")
    if not _is_host(url.hostname):
        raise Unfit(f'"{url.hostname}" is not a valid host', remedy)
    return text


def check_host(value: Any) -> str:
    """A host name; returned lower case and in ASCII (IDNA)."""
    text = _string(value)
    remedy = "write the host alone, such as example.org"
    try:
        host = "" if re.search(r"[/:@?#\\\s%]", text) else ada_url.URL(f"http://{text}/").hostname
    except ValueError:
        host = ""
    if not _is_host(host):
        raise Unfit(f'"{text}" is not a host name', remedy)
    return host


def check_kind(value: Any) -> SourceKind:
    """A kind of source."""
    text = _string(value)
    try:
        return SourceKind(text)
    except ValueError:
        kinds = [kind.value for kind in SourceKind]
        raise Unfit(f'"{text}" is not a kind of source', _suggest(text, kinds, "write " + ", ".join(kinds))) from None


def check_day(value: Any) -> str:
    """An ISO day: a string, or a date of TOML."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(_string(value)).isoformat()
    except ValueError:
        raise Unfit(f'"{value}" is not a day', "write it as 2026-01-31, or remove it") from None


def check_country(value: Any) -> str:
    """An ISO 3166-1 alpha-2 code, upper case."""
    text = _string(value)
    if text in COUNTRIES:
        return text
    raise Unfit(f'"{text}" is not a country', _suggest(text, COUNTRIES, "write its ISO 3166 code, such as IL"))


def check_language(value: Any) -> str:
    """An ISO 639-1 code, lower case."""
    text = _string(value)
    if text in LANGUAGES:
        return text
    remedy = "write its ISO 639-1 code, such as fa"
    raise Unfit(f'"{text}" is not a language', _suggest(text.partition("-")[0], LANGUAGES, remedy))


def check_timezone(value: Any) -> str:
    """An IANA time zone."""
    text = _string(value)
    if text in _timezones():
        return text
    remedy = "write an IANA name, such as Asia/Jerusalem"
    raise Unfit(f'"{text}" is not a time zone', _suggest(text, _timezones(), remedy))


def check_delay(value: Any) -> float:
    """Seconds from 0 to an hour."""
    remedy = f"write seconds from 0 to {MAX_DELAY_S}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"must be a number, but is {type_name(value)}", remedy)
    if not (math.isfinite(value) and 0 <= value <= MAX_DELAY_S):
        raise Unfit(f"{value} is out of range", remedy)
    return float(value)


def check_interval(value: Any) -> int:
    """Whole seconds from 1 to 30 days; how often is polite is for the scheduler to say."""
    remedy = f"write whole seconds from 1 to {MAX_INTERVAL_S}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"must be a whole number, but is {type_name(value)}", remedy)
    if not 1 <= value <= MAX_INTERVAL_S:
        raise Unfit(f"{value} is out of range", remedy)
    return value


def check_days(value: Any) -> int:
    """Whole days from 1 to a century."""
    remedy = f"write whole days from 1 to {MAX_KEPT_DAYS}, or leave it out where all is kept"
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"must be a whole number, but is {type_name(value)}", remedy)
    if not 1 <= value <= MAX_KEPT_DAYS:
        raise Unfit(f"{value} is out of range", remedy)
    return value


def check_flag(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise Unfit(f"must be true or false, but is {type_name(value)}", "write true or false without quotes")


def check_cron_line(value: Any) -> str:
    """A cron line of five fields."""
    return _ordered(check_cron, _string(value))


def check_time_window(value: Any) -> str:
    """A time of the day, such as "00:00-05:00"."""
    return _ordered(check_window, _string(value))


def check_time_windows(value: Any) -> tuple[str, ...]:
    """Windows that together leave some of the day."""
    return _ordered(check_windows, value)


def check_parameter(value: Any) -> str:
    """The name of a query parameter as a URL has it; in lower case, since sites mix both."""
    text = _string(value).lower()
    if not re.fullmatch(r"[\w.~%\[\]$!*+:@-]{1,60}", text, re.ASCII):
        raise Unfit(f'"{text[:60]}" is not the name of a query parameter', 'write only its name, such as "storyid"')
    return text


def check_pattern(value: Any) -> str:
    """A regular expression."""
    text = _string(value)
    if not text:
        raise Unfit("an empty expression matches everything", "remove it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what will become an error, or means another thing, one day
            re.compile(text)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        remedy = "mend it, or put a backslash before what is meant literally"
        raise Unfit(f"{text!r} is not a regular expression: {error}", remedy) from None
    return text


def same_address(url: str) -> str:
    """A form that two spellings of one address share."""
    return ada_url.URL(url).href


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely stands for, or None."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), sorted(by_lower), n=1, cutoff=0.7)
    return by_lower[near[0]] if near else None


def type_name(value: Any) -> str:
    """What TOML calls the type of a value."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a string"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "a date or time")


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"must be a string, but is {type_name(value)}", 'write it in "quotes"')
    return value


def _ordered(check: Callable[[_A], _T], value: _A) -> _T:
    try:
        return check(value)
    except BadOrder as bad:
        raise Unfit(bad.what, bad.remedy) from None


def _suggest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near else otherwise


def _is_host(host: str) -> bool:
    """Whether these are labels of 1 to 63 characters (RFC 1035 2.3.4), or an address in brackets."""
    if host.startswith("["):
        return True
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels)  # noqa: PLR2004


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
