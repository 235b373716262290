"""Texts for `make bench-stories`: what our extractor reads of all shared pages, and made-up Arabic and Persian prose.

The shared pages have next to no right-to-left text, so that is generated: by a seed. Function words are real, others are made of letters and affixes; words repeat as those of prose do.
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


def originals(pages: Path, every: int = 1, processes: int = 2) -> list[Original]:
    """One text a page, none twice, with generated ones behind them: the labelled text, or what our extractor reads of
    every so manieth page that has none.
    """
    rows = list(_rows(pages))
    labelled = [found for row in rows if (found := _labelled(row)) is not None]
    jobs = [(str(pages / row["html"]), row["url"], row["site"]) for row in rows if not row.get("body")][::every]
    with ProcessPoolExecutor(processes) as pool:
        read = [found for found in pool.map(_read, jobs, chunksize=8) if found is not None]
    return [*_apart([*labelled, *read]), *generated("ar"), *generated("fa")]


def _labelled(row: dict[str, str]) -> Original | None:
    body = row.get("body") or ""
    text = body if isinstance(body, str) else "\n".join(map(str, body))
    text = "\n\n".join(line for line in text.split("\n") if line.strip())
    if len(Text(text).words) < _FEWEST_WORDS:
        return None
    return Original(row["site"], row.get("language") or "?", text)


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

_FUNCTION_WORDS = {
    "ar": [
        "في",
        "من",
        "إلى",
        "على",
        "أن",
        "عن",
        "مع",
        "هذا",
        "هذه",
        "التي",
        "الذي",
        "بعد",
        "قبل",
        "حتى",
        "كما",
        "لكن",
        "قد",
        "لم",
        "لن",
        "كان",
        "كانت",
        "بين",
        "خلال",
        "منذ",
        "عند",
        "حول",
        "ضد",
        "دون",
        "غير",
        "كل",
        "بعض",
        "أكثر",
        "أيضا",
    ],
    "fa": [
        "در",
        "از",
        "به",
        "با",
        "که",
        "این",
        "آن",
        "را",
        "برای",
        "بر",
        "تا",
        "هم",
        "یا",
        "اما",
        "اگر",
        "نیز",
        "پس",
        "پیش",
        "هر",
        "همه",
        "بود",
        "شد",
        "است",
        "می\u200cشود",
        "کرد",
        "دارد",
        "خواهد",
        "بین",
        "درباره",
        "بدون",
        "چند",
        "دیگر",
        "نخست",
    ],
}
_AFFIXES = {
    "ar": (("", "ال", "وال", "بال", "لل", "ي", "ت"), ("", "ة", "ات", "ين", "ون", "ه")),
    "fa": (("", "", "بی", "نا", "هم"), ("", "ی", "ها", "‌ها", "‌های", "ان", "گی")),
}
_STEMS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_MADE_WORDS = 2_500


def generated(language: str, count: int = _EACH_GENERATED, seed: int = 11) -> list[Original]:
    """Prose in Arabic ("ar") or Persian ("fa"), the same for the same seed."""
    dice = random.Random(f"{language} {seed}")
    words = [_word(language, dice) for _ in range(_MADE_WORDS)]
    return [
        Original(f"{language}{number % 12}.example", language, _text(language, words, dice)) for number in range(count)
    ]


def _text(language: str, words: list[str], dice: random.Random) -> str:
    names = [" ".join(_word(language, dice) for _ in range(2)) for _ in range(6)]
    return "\n\n".join(
        " ".join(_sentence(language, words, names, dice) for _ in range(dice.randint(2, 4)))
        for _ in range(dice.randint(5, 12))
    )


def _sentence(language: str, words: list[str], names: list[str], dice: random.Random) -> str:
    made = []
    for _ in range(dice.randint(8, 22)):
        kind = dice.random()
        if kind < 0.35:
            made.append(dice.choice(_FUNCTION_WORDS[language]))
        elif kind < 0.93:
            made.append(words[min(int(dice.paretovariate(0.4)), _MADE_WORDS) - 1])
        else:
            made.append(dice.choice(names) if kind < 0.97 else str(dice.randint(2, 9_000)))
    return " ".join(made) + "."


def _word(language: str, dice: random.Random) -> str:
    first, last = _AFFIXES[language]
    stem = "".join(dice.choice(_STEMS) for _ in range(dice.randint(2, 4)))
    return f"{dice.choice(first)}{stem}{dice.choice(last)}"
