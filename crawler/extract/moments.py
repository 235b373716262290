"""What a date string means: text in, a moment out, with its precision and where its zone came from."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from crawler.extract.calendars import from_jalali, persian_letters, western_digits
from crawler.extract.months import JALALI_MONTHS, month_of, one_word_months
from storage.records import Moment, Precision, Zone

_EARLIEST = date(1990, 1, 1)  # before the web: a date of a book or a person, not of a page
_LATEST = date(2100, 1, 1)
_MAX_CHARS = 200

_CLOCK = (
    r"(?:[T.,،\s|\-–—/·•]|(?:at|um|à|às|as|a las|alle|ore|ora|kl|klo|om|o godz|godz|hodin|ob|o|u|v|в|о|στις|saat|pukul|"
    r"jam|lúc|ساعت|الساعة|عند|בשעה|г|год|года|року)\b\.?|р\.|[(（]\w{1,3}[)）]|\(|요일)*"
)
_HALF = r"(?P<half>(?i:[ap]\.?\s?m\b\.?)|[πμ]\.?\s?μ\b\.?|[قب]\.\s?ظ\.?|صباحا?|مساء|[صم]\b)"
_TIME = (
    r"(?:(?P<half_before>午前|午後|上午|下午|晚上|오전|오후)\s*)?"
    r"(?P<hour>[01]?\d|2[0-3])(?:[:.h]|\sh\s|[时時点點]|시\s?)(?P<minute>[0-5]\d)(?:[分분]\s?)?"
    r"(?:[:.](?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?(?!\d)"
    rf"\s*{_HALF}?\s*(?P<zone>Z\b|[+-]\d\d:?\d\d\b|[+-]\d\d\b|"
    r"\(?[A-Z]{2,5}\b(?:\s?[+-]\d\d?(?::?\d\d)?\b)?)?"
)
_NAME = r"(?P<name>[^\W\d_][^\s\d.,،;:|/()\[\]–—-]{1,16})"
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?:(?P<mark>[-/])(?P<month>\d{1,2})(?P=mark)|\.\s?(?P<month2>\d{1,2})\.\s?)"
    r"(?P<day>\d{1,2})(?!\d)"
)
_COMPACT = re.compile(
    r"^(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<clock>\d{4,6}))?(?P<zone>Z|[+-]\d\d:?\d\d)?$"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[./-])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<year>\d{4}|\d{2})(?!\d)"
)
_DAY_MONTH = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª|-го|-е)?[\s./-]*(?:de\s+|d['’]|of\s+|"
    rf"ב)?{_NAME}\.?(?:\s?[/-]\s?[^\W\d_]{{2,10}})?[,،]?[\s/-]*(?:de\s+|del\s+|ماه\s+)?(?P<year>\d{{4}})(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?<!\w){_NAME}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?:at\s+)?(?P<year>\d{{4}})(?!\d)"
)
# Hungarian, Lithuanian, Basque; Latvian
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(?P<year>\d{{4}})(?:\.|\sm\.|ko|,)?\s*{_NAME}\.?\s+(?P<day>\d{{1,2}})(?![\d:])")
_YEAR_DAY_MONTH = re.compile(rf"(?<!\d)(?P<year>\d{{4}})\.?\s*gada\s*(?P<day>\d{{1,2}})\.?\s*{_NAME}")
_EAST = re.compile(r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]?")
_VIETNAMESE = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})\s*tháng\s*(?P<month>\d{1,2})(?:\s*năm|,)?\s*(?P<year>\d{4})(?!\d)", re.IGNORECASE
)
_TIME_AFTER = re.compile(_CLOCK + _TIME)
_TIME_BEFORE = re.compile(_TIME + r"[\s,|/·•–—)-]*(?:on|am|le|el|del|ngày|\w{2,12},)?\s*$")
_CTIME = re.compile(r"\b([A-Z][a-z]{2}\s+\d{1,2})\s+(\d\d:\d\d:\d\d)\s+(?:([A-Z]{3,4}|[+-]\d{4})\s+)?(\d{4})\b")
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?(?:\.\d+)?$")
_WORDED = (_DAY_MONTH, _MONTH_DAY, _YEAR_MONTH_DAY, _YEAR_DAY_MONTH)
_BUDDHIST = 543  # years that Thailand's calendar is ahead
_JALALI_YEARS = range(1369, 1425)  # 1990 to 2046; of the lunar calendar, whose years are higher, only the eye is sure
_AFTERNOON = ("p", "μ", "ب", "م", "午後", "下午", "晚上", "오후")

# Names that mean one offset only; CST, IST and the like mean several and are not taken.
_OFFSETS = {
    "Z": 0, "GMT": 0, "UTC": 0, "UT": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "MEZ": 60, "CEST": 120,
    "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "IDT": 180, "IRST": 210, "EST": -300, "EDT": -240,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "JST": 540, "KST": 540, "SGT": 480,
    "HKT": 480, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
# American names that leave open whether it is summer; the day tells.
_REGIONS = {
    "ET": ZoneInfo("America/New_York"),
    "CT": ZoneInfo("America/Chicago"),
    "MT": ZoneInfo("America/Denver"),
    "PT": ZoneInfo("America/Los_Angeles"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DateStyle:
    """How a page writes dates, where a string alone leaves it open."""

    month_first: bool = False  # 5/9/2020 is the ninth of May
    language: str | None = None  # ISO 639-1; decides between months of one name


_ANY_STYLE = DateStyle()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A date as it was written: local to whatever zone, if any, it states."""

    day: date
    hour: int | None = None
    minute: int = 0
    second: int | None = None
    offset_minutes: int | None = None

    def shown(self) -> str:
        """ISO 8601 as written: the day, the time if there is one, the offset if it states one."""
        if self.hour is None:
            return self.day.isoformat()
        clock = f"{self.hour:02}:{self.minute:02}" + (f":{self.second:02}" if self.second else "")
        if self.offset_minutes is None:
            return f"{self.day.isoformat()}T{clock}"
        sign = "-" if self.offset_minutes < 0 else "+"
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        return f"{self.day.isoformat()}T{clock}{sign}{hours:02}:{minutes:02}"

    def moment(self, rule: str, zone: tzinfo | None) -> Moment:
        """The moment in UTC.

        With an offset the zone is stated; without one `zone`, the outlet's, is assumed, and without that only
        the day is told. Midnight sharp is read as a day: systems write it when they know no time. Seconds of
        zero are read as minutes for the same reason.
        """
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        no_time = self.hour is None or not (self.hour or self.minute or self.second)
        if no_time or (self.offset_minutes is None and zone is None):
            return Moment(at=midnight, precision=Precision.DAY, rule=rule, zone=Zone.NONE)
        local = midnight.replace(hour=self.hour or 0, minute=self.minute, second=self.second or 0)
        precision = Precision.SECOND if self.second else Precision.MINUTE
        if self.offset_minutes is not None:
            at, source = local - timedelta(minutes=self.offset_minutes), Zone.STATED
        else:
            at, source = local.replace(tzinfo=zone).astimezone(UTC), Zone.OUTLET
        return Moment(at=at, precision=precision, rule=rule, zone=source)


def zone_of(name: str | None) -> tzinfo | None:
    """The zone of an IANA name; None when there is none or it is unknown."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def read_date(text: str, style: DateStyle = _ANY_STYLE) -> Reading | None:
    """The first plausible date in a short text, else None. Raises nothing.

    Read are ISO 8601 and its looser kin, RFC 5322, epoch seconds and milliseconds, dates with month names in some
    fifty languages, numeric dates (the day first unless the style says otherwise or only that is possible),
    Chinese, Japanese, Korean and Vietnamese dates, Buddhist years, and the Solar Hijri calendar. Text over 200
    characters is cut.
    """
    text = western_digits(text[:_MAX_CHARS].strip())
    if not any(c.isdigit() for c in text):
        return None
    if _EPOCH.match(text):
        return _from_epoch(float(text))
    if not text.isascii():
        text = one_word_months(unicodedata.normalize("NFC", text))
    text = _CTIME.sub(r"\1, \4 \2 \3", text)
    for find in (_compact, _year_first, _east):
        if found := find(text):
            return found
    return _worded(text, style) or _jalali(text) or _numeric(text, style)


def _from_epoch(value: float) -> Reading | None:
    seconds = value / 1000 if value > 1e11 else value
    at = datetime.fromtimestamp(seconds, UTC)
    return _reading(at.date(), at.hour, at.minute, at.second, 0)


def _compact(text: str) -> Reading | None:
    found = _COMPACT.match(text)
    if not found or not (day := _day(found["year"], found["month"], found["day"])):
        return None
    clock = found["clock"]
    if not clock:
        return Reading(day=day)
    hour, minute, second = int(clock[:2]), int(clock[2:4]), int(clock[4:6] or 0)
    return _reading(day, hour, minute, second, _offset(found["zone"], day))


def _year_first(text: str) -> Reading | None:
    found = _ISO.search(text)
    if not found:
        return None
    year, month = found["year"], found["month"] or found["month2"]
    day = _day(year, month, found["day"])
    if day is None and int(year) in _JALALI_YEARS:
        day = from_jalali(int(year), int(month), int(found["day"]))
    return _with_time(day, text, found) if day else None


def _east(text: str) -> Reading | None:
    found = _EAST.search(text) or _VIETNAMESE.search(text)
    day = found and _day(found["year"], found["month"], found["day"])
    return _with_time(day, text, found) if found and day else None


def _worded(text: str, style: DateStyle) -> Reading | None:
    for pattern in _WORDED:
        for found in pattern.finditer(text):
            month = month_of(found["name"], style.language)
            day = month and _day(found["year"], month, found["day"])
            if day:
                return _with_time(day, text, found)
    return None


def _jalali(text: str) -> Reading | None:
    if text.isascii():
        return None
    text = persian_letters(text)
    for found in _DAY_MONTH.finditer(text):
        month = JALALI_MONTHS.get(found["name"])
        day = month and from_jalali(int(found["year"]), month, int(found["day"]))
        if day:
            return _with_time(day, text, found)
    return None


def _numeric(text: str, style: DateStyle) -> Reading | None:
    found = _NUMERIC.search(text)
    if not found:
        return None
    first, second = found["first"], found["second"]
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
    orders = ((second, first), (first, second))
    if style.month_first and found["mark"] == "/":
        orders = orders[::-1]
    for month, day_number in orders:
        if day := _day(year, month, day_number):
            return _with_time(day, text, found)
    return None


def _with_time(day: date, text: str, found: re.Match[str]) -> Reading:
    clock = _TIME_AFTER.match(text, found.end()) or _TIME_BEFORE.search(text, 0, found.start())
    if not clock:
        return Reading(day=day)
    hour = int(clock["hour"])
    half = (clock["half"] or clock["half_before"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) else 0)
    return Reading(
        day=day,
        hour=hour,
        minute=int(clock["minute"]),
        second=int(clock["second"] or 0),
        offset_minutes=_offset(clock["zone"], day),
    )


def _reading(day: date, hour: int, minute: int, second: int, offset: int | None) -> Reading | None:
    if not (_EARLIEST <= day < _LATEST and hour < 24 and minute < 60 and second < 60):
        return None
    return Reading(day=day, hour=hour, minute=minute, second=second, offset_minutes=offset)


def _offset(name: str | None, day: date) -> int | None:
    """Minutes east of UTC of "Z", "+03:00", "GMT+3" or an unambiguous abbreviation, on a day."""
    if not name:
        return None
    name = name.lstrip("(")
    if name in _OFFSETS:
        return _OFFSETS[name]
    if region := _REGIONS.get(name):
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=region).utcoffset()
        return int(offset.total_seconds()) // 60 if offset else None
    found = re.search(r"([+-])(\d\d?):?(\d\d)?$", name)
    if not found or (name[0].isalpha() and not name.startswith(("GMT", "UTC"))):
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return (-minutes if found[1] == "-" else minutes) if minutes <= 14 * 60 else None


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    number = int(year)
    try:
        value = date(number - _BUDDHIST if 2500 <= number <= 2650 else number, int(month), int(day))
    except ValueError:
        return None
    return value if _EARLIEST <= value < _LATEST else None
