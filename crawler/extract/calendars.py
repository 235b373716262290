"""Month names, digits and calendars of the languages outlets write in."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

from datetime import date, timedelta

_NAMES = {
    1: "january jan januar jänner janvier janv enero ene gennaio gen janeiro января январь січня janeiro januari "
    "stycznia styczeń ocak ianuarie leden ledna január janvāris ιανουαρίου ينаير يناير ינואר כانون ιαν",
    2: "february feb februar februar feber février févr febrero febbraio fevereiro fev февраля февраль лютого "
    "februari lutego luty şubat februarie únor února február φεβρουαρίου فبراير שباط פברואר φεβ",
    3: "march mar märz maerz mars marzo março марта март березня maart marca marzec mart martie březen března "
    "március μαρτίου مارس מרץ מרס μαρ",
    4: "april apr avril avr abril abr aprile апреля апрель квітня kwietnia kwiecień nisan aprilie duben dubna "
    "április απριλίου أبريل ابريل אפריל απρ",
    5: "may mai mayo maggio mag maio мая май травня mei maja maj mayıs květen května május μαΐου μαΐ مايو מאי",
    6: "june jun juni juin junio giugno giu junho июня июнь червня czerwca czerwiec haziran iunie červen června "
    "június ιουνίου يونيو יוני ιουν",
    7: "july jul juli juillet juil julio luglio lug julho июля июль липня lipca lipiec temmuz iulie červenec "
    "července július ιουλίου يوليو יולי ιουλ",
    8: "august aug août agosto ago августа август серпня augustus sierpnia sierpień ağustos srpen srpna "
    "augusztus αυγούστου أغسطس اغسطس אוגוסט αυγ",
    9: "september sep sept septembre septiembre settembre set setembro сентября сентябрь вересня września "
    "wrzesień eylül septembrie září szeptember σεπτεμβρίου سبتمبر ספטמבר σεπ",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out октября октябрь жовтня października "
    "październik ekim octombrie říjen října október οκτωβρίου أكتوبر اكتوبر אוקטובר οκτ",
    11: "november nov novembre noviembre novembro ноября ноябрь листопада listopada listopad kasım noiembrie "
    "νοεμβρίου نوفمبر נובמבר νοε",
    12: "december dec dezember dez décembre déc diciembre dic dicembre dezembro декабря декабрь грудня grudnia "
    "grudzień aralık decembrie prosinec prosince δεκεμβρίου ديسمبر דצמבר δεκ",
}
MONTHS = {name: number for number, names in _NAMES.items() for name in names.split()}
#: Gregorian months as Syria, Lebanon, Jordan and Iraq name them, and as Iran does, from January.
_LEVANTINE = ["", "شباط", "آذار|اذار", "نيسان", "أيار|ايار", "حزيران", "تموز", "آب", "أيلول|ايلول"]
_IRANIAN = [
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل",
    "مه|می",
    "ژوئن",
    "ژوئیه|جولای",
    "اوت|آگوست",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
]
for _row in (_LEVANTINE, _IRANIAN):
    MONTHS |= {name: number for number, names in enumerate(_row, start=1) for name in names.split("|") if name}
JALALI_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "فروردین",
            "اردیبهشت",
            "خرداد",
            "تیر",
            "مرداد امرداد",
            "شهریور",
            "مهر",
            "آبان",
            "آذر",
            "دی",
            "بهمن",
            "اسفند",
        ),
        start=1,
    )
    for name in names.split()
}
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_LETTERS = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": " ", "\u200f": "", "\u200e": ""})  # Arabic for Persian letters


def western_digits(text: str) -> str:
    """Persian and Arabic-Indic digits as Western ones."""
    return text.translate(_DIGITS)


#: Months of Syria, Lebanon, Jordan and Iraq that have two words, as the one-word names of Egypt.
_TWO_WORDS = {
    "كانون الثاني": "يناير",
    "تشرين الأول": "أكتوبر",
    "تشرين الثاني": "نوفمبر",
    "كانون الأول": "ديسمبر",
}


def one_word_months(text: str) -> str:
    """Levantine month names of two words made one word."""
    if "كانون" in text or "تشرين" in text:
        for two, one in _TWO_WORDS.items():
            text = text.replace(two, one)
    return text


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
