"""Digits and calendars of the languages outlets write in."""

# ruff: noqa: PLR2004
# numbers of calendars

from __future__ import annotations

from datetime import date, timedelta

#: Zeros of Arabic, Persian, the scripts of India, Thai, Lao, Tibetan, Burmese and Khmer, and wide ones.
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040,
          0x17E0, 0xFF10)  # fmt: skip
_DIGITS = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
_LETTERS = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": " ", "\u200f": "", "\u200e": ""})  # Arabic for Persian letters


def western_digits(text: str) -> str:
    """Digits of other scripts as Western ones."""
    return text if text.isascii() else text.translate(_DIGITS)


def persian_letters(text: str) -> str:
    """Arabic code points that Persian text uses for its own letters, and joiners, made even."""
    return text.translate(_LETTERS)


def from_jalali(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a day of the Solar Hijri calendar; None when there is no such day.

    Years 1178 to 1633: leap by the 33-year cycle (years 1, 5, 9, 13, 17, 22, 26, 30 of it), which agrees with
    the astronomical calendar in that range but for the exceptions of 1502 on.
    """
    if not (1178 <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    is_leap = (25 * year + 11) % 33 < 8
    length = 31 if month <= 6 else 30 if month <= 11 or is_leap else 29
    if day > length:
        return None
    leaps = sum((25 * y + 11) % 33 < 8 for y in range(1398, year)) - sum(
        (25 * y + 11) % 33 < 8 for y in range(year, 1398)
    )
    days = (year - 1398) * 365 + leaps + (month - 1) * 30 + min(month - 1, 6) + day - 1
    return date(2019, 3, 21) + timedelta(days=days)
