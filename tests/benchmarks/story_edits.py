"""What re-publishers do to a text, for `make bench-stories`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.benchmarks.story_corpus import Original

Edit = Callable[[Original, random.Random, Original], str]

_MONTHS = {
    "January": "janvier", "February": "février", "March": "mars", "April": "avril", "June": "juin", "July": "juillet",
    "August": "août", "September": "septembre", "October": "octobre", "November": "novembre", "December": "décembre",
}  # fmt: skip
_DAYS = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "lundi",
    "mardi",
]
_CREDITS = {
    "de": "Dieser Beitrag erschien zuerst bei {}.",
    "fr": "Cet article est paru d'abord dans {}.",
    "ar": "المصدر: {}",
    "fa": "منبع: {}",
}
#: Sentences of which each outlet has its own choice; "en" also stands under texts in other languages.
_ABOUT = {
    "en": [
        "About {0}: {0} is an independent publication founded in {1} and read in more than forty countries.",
        "Our editors bring you news, analysis and opinion from the region every day of the week.",
        "Sign up for our newsletter and get the best stories delivered to your inbox each morning.",
        "Follow {0} on social media, and support our journalism with a donation of any size.",
        "The views expressed here are those of the author and do not necessarily reflect those of {0}.",
        "All rights reserved; reproduction in whole or in part without permission of {0} is prohibited.",
        "Have a tip for our newsroom? Write to the desk of {0} in confidence, we read every message.",
    ],
    "de": [
        "Über {0}: {0} ist ein unabhängiges Magazin, das {1} gegründet wurde und täglich erscheint.",
        "Unsere Redaktion liefert jeden Tag Nachrichten, Analysen und Meinungen aus der Region und der Welt.",
        "Abonnieren Sie unseren Newsletter und lesen Sie die wichtigsten Geschichten schon am Morgen.",
        "Folgen Sie {0} in den sozialen Netzwerken und unterstützen Sie unsere Arbeit mit einer Spende.",
        "Die hier geäußerten Ansichten sind die des Autors und nicht notwendig die von {0}.",
        "Alle Rechte vorbehalten, Nachdruck auch in Auszügen nur mit Genehmigung der Redaktion von {0}.",
    ],
    "fr": [
        "À propos : {0} est un journal indépendant fondé en {1} et lu dans plus de trente pays.",
        "Notre rédaction vous propose chaque jour des informations, des analyses et des points de vue.",
        "Abonnez-vous à notre lettre et recevez chaque matin l'essentiel de l'actualité dans votre boîte.",
        "Suivez {0} sur les réseaux sociaux et soutenez notre travail par un don, si modeste soit-il.",
        "Les opinions exprimées ici sont celles de l'auteur et n'engagent pas la rédaction de {0}.",
        "Tous droits réservés, reproduction interdite sans l'accord écrit de la rédaction de {0}.",
    ],
    "ar": [
        "عن {0}: صحيفة مستقلة تأسست عام {1} وتصدر كل يوم في أكثر من عشرين بلدا.",
        "تقدم هيئة التحرير كل يوم الأخبار والتحليلات والآراء من المنطقة والعالم لقرائها.",
        "اشترك في نشرتنا البريدية لتصلك أهم القصص كل صباح إلى بريدك الإلكتروني.",
        "تابع {0} على شبكات التواصل وادعم عملنا الصحفي بتبرع مهما كان صغيرا.",
        "الآراء الواردة هنا تعبر عن أصحابها ولا تعكس بالضرورة رأي {0} وهيئة تحريرها.",
        "جميع الحقوق محفوظة ولا يجوز إعادة نشر هذه المادة دون إذن خطي من {0}.",
    ],
    "fa": [
        "درباره {0}: رسانه‌ای مستقل است که در سال {1} بنیان گذاشته شد و هر روز منتشر می‌شود.",
        "تحریریه ما هر روز خبر و تحلیل و دیدگاه‌های منطقه و جهان را برای خوانندگان می‌آورد.",
        "در خبرنامه ما نام‌نویسی کنید تا مهم‌ترین گزارش‌ها هر بامداد به دست شما برسد.",
        "{0} را در شبکه‌های اجتماعی دنبال کنید و با کمک‌های خود از کار ما پشتیبانی کنید.",
        "دیدگاه‌های این نوشته از آن نویسنده است و لزوماً بازتاب نظر {0} و تحریریه آن نیست.",
        "همه حقوق محفوظ است و بازنشر این مطلب بدون اجازه کتبی از {0} مجاز نیست.",
    ],
}


def about(outlet: str, language: str) -> str:
    """What an outlet puts under each article."""
    pool = _ABOUT.get(language, _ABOUT["en"])
    chosen = random.Random(outlet).sample(range(6), 3)
    name, year = outlet.split(".", maxsplit=1)[0].title(), 1950 + sum(map(ord, outlet)) % 70
    return "\n\n".join(pool[number].format(name, year) for number in chosen)


def credit_line(each: Original, dice: random.Random, _other: Original) -> str:
    line = _CREDITS.get(each.language, "This article first appeared in {}.").format(each.outlet)
    return f"{each.body}\n\n{line}" if dice.random() < 0.5 else f"{line}\n\n{each.body}"


def first_half(each: Original, _dice: random.Random, _other: Original) -> str:
    parts = each.paragraphs
    if len(parts) < 2:
        words = each.body.split()
        return " ".join(words[: len(words) // 2])
    return "\n\n".join(parts[: (len(parts) + 1) // 2])


def first_three_paragraphs(each: Original, _dice: random.Random, _other: Original) -> str:
    count, words, kept = 0, 0, []
    for part in each.paragraphs:
        kept.append(part)
        count, words = count + 1, words + len(part.split())
        if count >= 3 and words >= 40:
            break
    return "\n\n".join(kept)


def changed_headline(each: Original, dice: random.Random, other: Original) -> str:
    return f"{' '.join(other.body.split()[: dice.randint(6, 14)])[:90]}\n\n{each.body}"


def boilerplate(each: Original, _dice: random.Random, _other: Original) -> str:
    return each.body  # every copy gets its outlet's; this kind has nothing else


def localised(each: Original, dice: random.Random, _other: Original) -> str:
    """Other quotation marks, dates, digits, letters of another keyboard."""
    text = re.sub(r'[“„"]([^“”„"\n]*)[”“"]', r"«\1»" if dice.random() < 0.5 else r"„\1“", each.body)
    text = text.replace("’", "'").replace(" – ", " - ").replace(",", "،" if each.language in {"ar", "fa"} else ",")
    for english, french in _MONTHS.items():
        text = text.replace(english, french)
    for day in _DAYS:
        text = re.sub(rf"\b{day}\b", "am selben Tag" if each.language == "de" else "this week", text)
    if each.language in {"ar", "fa"}:
        text = text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹" if dice.random() < 0.5 else "٠١٢٣٤٥٦٧٨٩"))
        text = text.replace("ی", "ي").replace("ک", "ك").replace("أ", "ا").replace("\u200c", dice.choice(["", " "]))
    return text


def moved_paragraphs(each: Original, dice: random.Random, _other: Original) -> str:
    parts = each.paragraphs
    for _ in range(max(2, len(parts) // 4)):
        parts.insert(dice.randrange(len(parts)), parts.pop(dice.randrange(len(parts))))
    return "\n\n".join(parts)


def cut_and_changed(each: Original, dice: random.Random, _other: Original) -> str:
    """30% of the sentences cut, 15% of the words changed: single words, or a few in a row as editors do."""
    vocabulary = sorted(set(each.body.split()))
    paragraphs = []
    for part in each.paragraphs:
        kept = [sentence for sentence in re.split(r"(?<=[.!?؟])\s+", part) if dice.random() > 0.3]
        if kept:
            paragraphs.append(_changed(" ".join(kept), vocabulary, dice))
    return "\n\n".join(paragraphs) or _changed(each.body, vocabulary, dice)


def _changed(text: str, vocabulary: list[str], dice: random.Random) -> str:
    words = text.split()
    for place in range(len(words)):
        if dice.random() < 0.15:
            words[place] = dice.choice(vocabulary)
    return " ".join(words)


def merged(each: Original, dice: random.Random, other: Original) -> str:
    """Most of the text within a report that the outlet wrote itself."""
    own = other.paragraphs[: max(2, len(other.paragraphs) // 2)]
    taken = each.paragraphs[: max(3, (3 * len(each.paragraphs) + 3) // 4)]
    place = dice.randint(0, len(own))
    return "\n\n".join([*own[:place], *taken, *own[place:]])


def teaser(each: Original, dice: random.Random, _other: Original) -> str:
    """45 words, mostly the first."""
    words = each.body.split()
    start = 0 if dice.random() < 0.7 else dice.randrange(max(1, len(words) - 45))
    return " ".join(words[start : start + 45])


def last_part(each: Original, dice: random.Random, _other: Original) -> str:
    """Without its beginning, which the outlet told in its own words."""
    parts = each.paragraphs
    return "\n\n".join(parts[len(parts) // 3 :]) if len(parts) > 2 else " ".join(each.body.split()[30:])


EDITS: dict[str, Edit] = {
    "credit line": credit_line,
    "first half": first_half,
    "first three paragraphs": first_three_paragraphs,
    "changed headline": changed_headline,
    "boilerplate added": boilerplate,
    "dates and quotes localised": localised,
    "paragraphs moved": moved_paragraphs,
    "30% cut, 15% changed": cut_and_changed,
    "merged into another report": merged,
    "45-word teaser": teaser,
    "without its beginning": last_part,
}
