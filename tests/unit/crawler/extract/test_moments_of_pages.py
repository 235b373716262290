"""Date strings as outlets write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.extract.calendars import from_jalali
from crawler.extract.moments import DateStyle, read_date, zone_of
from crawler.extract.months import NAMES
from storage.records import Precision, Zone

WRITTEN = {
    "2020-05-09T18:31:00+03:00": "2020-05-09T18:31+03:00",
    "2020-05-09T18:31:07.123Z": "2020-05-09T18:31:07+00:00",
    "2020-05-09 18:31": "2020-05-09T18:31",
    "20200509T1831Z": "2020-05-09T18:31+00:00",
    "Sat, 09 May 2020 18:31:00 GMT": "2020-05-09T18:31+00:00",
    "1589049060": "2020-05-09T18:31+00:00",
    "MAY 9, 2020 18:31": "2020-05-09T18:31",
    "May 9, 2020 5:31 p.m. EDT": "2020-05-09T17:31-04:00",
    "14:05 9 May 2020": "2020-05-09T14:05",
    "9. Mai 2020": "2020-05-09",
    "11 Mai 2020 à 12h30": "2020-05-11T12:30",
    "9 de mayo de 2020 a las 18:31": "2020-05-09T18:31",
    "9 мая 2020, 14:05": "2020-05-09T14:05",
    "09.05.2020 18:31 Uhr": "2020-05-09T18:31",
    "2020年5月9日 18:31": "2020-05-09T18:31",
    "۲۰ اردیبهشت ۱۳۹۹ - ۱۵:۳۰": "2020-05-09T15:30",
    "1399/02/20": "2020-05-09",
    "١٠ مايو ٢٠٢٠": "2020-05-10",
    "9 במאי 2020": "2020-05-09",
    "5/9/2020": "2020-09-05",
    "31/12/2020": "2020-12-31",
    "May 9, 2020 5:31 PM": "2020-05-09T17:31",
    "May 9, 2020 5:31 PM ET": "2020-05-09T17:31-04:00",
    "Jan 9, 2020 at 5:31 a. m. PT": "2020-01-09T05:31-08:00",
    "4 de mayo de 2022, 12:00 A. M.": "2022-05-04T00:00",
    "2019年3月5日（火） 08時15分": "2019-03-05T08:15",
    "2020년 5월 9일 오후 2:30": "2020-05-09T14:30",
    "2020. május 9. 12:30": "2020-05-09T12:30",
    "2020. 05. 09. 12:30": "2020-05-09T12:30",
    "2020 m. gegužės 9 d.": "2020-05-09",
    "2020. gada 9. maijs": "2020-05-09",
    "9. toukokuuta 2020 klo 12.30": "2020-05-09T12:30",
    "9 พ.ค. 2563": "2020-05-09",
    "Ngày 9 tháng 5 năm 2020": "2020-05-09",
    "9 أيار/مايو 2020": "2020-05-09",
    "٩ مايو ٢٠٢٠ - ١٠:٣٠ م": "2020-05-09T22:30",
    "15 رمضان 1441 هـ الموافق 8 مايو 2020": "2020-05-08",
    "9 غشت 2020": "2020-08-09",
    "९ जनवरी २०२०": "2020-01-09",
    "৯ জানুয়ারি ২০২০": "2020-01-09",
    "9. svibnja 2020.": "2020-05-09",
    "09-May-2020 10:30 AM": "2020-05-09T10:30",
    "20 ثور 1399": "2020-05-09",
    "۲۰ اردیبهشت ماه ۱۳۹۹ ساعت ۱۵:۳۰": "2020-05-09T15:30",
    "9 Μαΐου 2020, 5:30 μ.μ.": "2020-05-09T17:30",
    "Sat May 09 18:31:00 CEST 2020": "2020-05-09T18:31+02:00",
    "20200509T183107+0200": "2020-05-09T18:31:07+02:00",
    "9/5/20": "2020-05-09",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_dates_are_read_as_written(text):
    found = read_date(text)
    assert found is not None
    assert found.shown() == WRITTEN[text]


@pytest.mark.parametrize(
    "text", ["", "soon", "2020-13-45", "99/99/9999", "born 9 May 1875", "12345", "Room 12.30", "1441/09/15 هـ"]
)
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


def test_american_pages_put_the_month_first():
    found = read_date("5/9/2020", DateStyle(month_first=True))
    assert found is not None
    assert found.day == date(2020, 5, 9)


def test_a_month_of_two_languages_is_read_in_the_pages_own():
    croatian, other = read_date("9. listopada 2020", DateStyle(language="hr")), read_date("9 listopada 2020")
    assert croatian is not None
    assert other is not None
    assert (croatian.day.month, other.day.month) == (10, 11)


def test_every_language_has_twelve_months():
    assert {len(names.split()) for names in NAMES.values()} == {12}


def test_ambiguous_zone_names_are_no_zones():
    found = read_date("2020-05-09 18:31 IST")
    assert found is not None
    assert found.offset_minutes is None


def test_midnight_sharp_is_a_day():
    found = read_date("2020-05-09T00:00:00+02:00")
    assert found is not None
    moment = found.moment("test", None)
    assert (moment.at, moment.precision, moment.zone) == (datetime(2020, 5, 9, tzinfo=UTC), Precision.DAY, Zone.NONE)


def test_seconds_tell_the_precision():
    zone = ZoneInfo("Asia/Tehran")
    exact, rounded = read_date("2020-05-09T18:31:07"), read_date("2020-05-09T18:31:00")
    assert exact is not None
    assert rounded is not None
    assert exact.moment("t", zone).precision is Precision.SECOND
    assert rounded.moment("t", zone).precision is Precision.MINUTE
    assert rounded.moment("t", zone).at == datetime(2020, 5, 9, 14, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("jalali", "gregorian"),
    [
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1375, 1, 1), date(1996, 3, 20)),
        ((1402, 12, 30), None),
        ((1399, 13, 1), None),
    ],
)
def test_the_solar_hijri_calendar(jalali, gregorian):
    assert from_jalali(*jalali) == gregorian


def test_unknown_zones_are_none():
    assert zone_of("Nowhere/Land") is None
    assert zone_of("../../etc/passwd") is None
    assert zone_of(None) is None
