"""Texts for `make bench-stories`: what our extractor reads of all shared pages, and made-up Arabic and Persian prose.

The shared pages have next to no right-to-left text, so that is generated: sentences from stems, names and figures, by a
seed. Its words repeat as those of prose do; its sentences do not.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crawler.extract.article import extract_article, warm
from storage.dedup.signature import Text

_FEWEST_WORDS = 110
_EACH_GENERATED = 60


@dataclass(frozen=True)
class Original:
    """A text that was published first at one outlet."""

    outlet: str
    language: str
    body: str

    @property
    def paragraphs(self) -> list[str]:
        return [part for part in self.body.split("\n\n") if part.strip()]


def originals(pages: Path, processes: int = 2) -> list[Original]:
    """One text a page, none twice, with generated ones behind them."""
    jobs = [(str(pages / row["html"]), row["url"], row["site"]) for row in _rows(pages)]
    with ProcessPoolExecutor(processes) as pool:
        read = [found for found in pool.map(_read, jobs, chunksize=16) if found is not None]
    return [*_apart(read), *generated("ar"), *generated("fa")]


def _rows(pages: Path) -> Iterator[dict[str, str]]:
    for file in sorted(pages.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("html"):
                yield row


def _read(job: tuple[str, str, str]) -> Original | None:
    path, url, site = job
    warm()
    try:
        found = extract_article(gzip.decompress(Path(path).read_bytes()), url=url)
    except (OSError, ValueError):
        return None
    if found.rejected or len(Text(found.body).words) < _FEWEST_WORDS:
        return None
    return Original(site, found.language or "?", found.body)


def _apart(found: list[Original]) -> list[Original]:
    """Texts without those of which a fifth stands in an earlier one: collections hold some pages twice."""
    seen: set[int] = set()
    kept = []
    for each in found:
        own = set(Text(each.body).shingles.tolist())
        if not own or len(own & seen) > len(own) / 5:
            continue
        seen |= own
        kept.append(each)
    return kept


# ------------------------------------------------------------------------------- generated prose

_ARABIC = {
    "who": "الرئيس|وزير الخارجية|المتحدث باسم الحكومة|رئيس الوزراء|المبعوث الأممي|قائد الجيش|محافظ المدينة|المستشار الاقتصادي|رئيس البلدية|مسؤول أمني|خبير في الشؤون الإقليمية|مدير المستشفى|أستاذ الجامعة|رئيس النقابة".split(
        "|"
    ),
    "verb": "أكد|أعلن|نفى|أوضح|شدد على|أشار إلى|حذر من|رحب بـ|انتقد|دعا إلى|تحدث عن|كشف عن|رفض|بحث".split("|"),
    "what": "الاتفاق الجديد|أزمة المياه|ارتفاع الأسعار|المفاوضات الجارية|خطة الإصلاح|الانتخابات المقبلة|مشروع الطريق السريع|وقف إطلاق النار|موازنة العام المقبل|الوضع الصحي|قطاع التعليم|سوق العمل|العقوبات الاقتصادية|ملف اللاجئين".split(
        "|"
    ),
    "where": "في العاصمة|في مدينة حلب|في البصرة|على الحدود الشرقية|في بيروت|قرب الميناء|في القاهرة|في عمّان|في مقر البرلمان|في إقليم الشمال|في الرباط|أمام الصحفيين".split(
        "|"
    ),
    "when": "يوم الاثنين|مساء الثلاثاء|صباح الأربعاء|الأسبوع الماضي|خلال الشهر الجاري|قبل ساعات|منذ بداية العام|في وقت متأخر".split(
        "|"
    ),
    "more": "بعد اجتماع استمر ساعات|رغم اعتراض المعارضة|وسط إجراءات مشددة|بحضور ممثلي المنظمات|بحسب بيان رسمي|وفق ما نقلته مصادر محلية|دون أن يذكر تفاصيل|للمرة الأولى منذ سنوات|بدعم من دول الجوار|في ظل تراجع العملة".split(
        "|"
    ),
}
_PERSIAN = {
    "who": "رئیس جمهور|وزیر امور خارجه|سخنگوی دولت|نماینده مجلس|فرمانده نیروی دریایی|استاندار خوزستان|رئیس بانک مرکزی|کارشناس بازار|مدیر بیمارستان|شهردار تهران|سفیر پیشین|دبیر انجمن|پژوهشگر دانشگاه|یک مقام آگاه".split(
        "|"
    ),
    "what": "توافق تازه|کم‌آبی استان‌ها|افزایش قیمت‌ها|گفت‌وگوهای هسته‌ای|برنامه اصلاحات|انتخابات آینده|طرح راه‌آهن|آتش‌بس منطقه|بودجه سال آینده|وضعیت بیمارستان‌ها|آموزش و پرورش|بازار کار|تحریم‌های تازه|پرونده مهاجران".split(
        "|"
    ),
    "verb": "را تأیید کرد|را رد کرد|را بررسی کرد|را ناکافی خواند|را توضیح داد|را محکوم کرد|را مهم دانست|را به تعویق انداخت|را پیگیری می‌کند|را نمی‌پذیرد".split(
        "|"
    ),
    "where": "در تهران|در اصفهان|در مرز شرقی|در مجلس|در بندرعباس|در نشست خبری|در مشهد|در تبریز|نزدیک بندر|در وین|در جمع دانشجویان|در استان‌های جنوبی".split(
        "|"
    ),
    "when": "روز دوشنبه|سه‌شنبه شب|صبح چهارشنبه|هفته گذشته|در ماه جاری|ساعاتی پیش|از آغاز سال|دیروز".split("|"),
    "more": "پس از نشستی چندساعته|با وجود مخالفت‌ها|با حضور نمایندگان سازمان‌ها|بنا بر بیانیه رسمی|به گفته منابع محلی|بی‌آنکه جزئیاتی بدهد|برای نخستین بار در این سال‌ها|با پشتیبانی همسایگان|در پی افت ارزش پول|در میان تدابیر شدید".split(
        "|"
    ),
}
_STEMS = "ابتثجحخدذرزسشصضطظعغفقکلمنهوی"


def generated(language: str, count: int = _EACH_GENERATED, seed: int = 11) -> list[Original]:
    """Prose in Arabic ("ar") or Persian ("fa"), the same for the same seed."""
    dice = random.Random(f"{language} {seed}")
    return [Original(f"{language}{number % 12}.example", language, _text(language, dice)) for number in range(count)]


def _text(language: str, dice: random.Random) -> str:
    names = [_name(dice) for _ in range(8)]
    paragraphs = [
        " ".join(_sentence(language, names, dice) for _ in range(dice.randint(2, 4)))
        for _ in range(dice.randint(5, 12))
    ]
    return "\n\n".join(paragraphs)


def _sentence(language: str, names: list[str], dice: random.Random) -> str:
    parts = {key: dice.choice(values) for key, values in (_ARABIC if language == "ar" else _PERSIAN).items()}
    name, other, figure = dice.choice(names), dice.choice(names), dice.randint(2, 9_000)
    if language == "ar":
        order = [parts["verb"], parts["who"], name, parts["what"], parts["where"], parts["when"], parts["more"]]
        tail = dice.choice([f"مع {other} و{figure} آخرين", f"في شأن {other}", f"وبلغ العدد {figure}"])
    else:
        order = [parts["who"], name, parts["when"], parts["where"], parts["more"], parts["what"], parts["verb"]]
        tail = dice.choice([f"و به {other} اشاره کرد", f"و شمار آنها به {figure} رسید", f"همراه با {other}"])
    return " ".join([*order, tail]) + "."


def _name(dice: random.Random) -> str:
    return " ".join("".join(dice.choice(_STEMS) for _ in range(dice.randint(3, 6))) for _ in range(2))
