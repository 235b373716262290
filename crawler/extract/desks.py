"""Desks, agencies and outlets: what signs an article without being a person."""

# ruff: noqa: PLR2004, RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Collection

DESK = re.compile(
    r"\b(?:staff|desk|editors?|editorial|editor-in-chief|team|newsroom|news|redaktion|redaktion\w*|redazione|"
    r"redacci[oó]n|"
    r"redac[aç][ãa]o|redactie|r[ée]daction|redakcja|redakce|agenc\w+|agentur\w*|reuters|bloomberg|admin(?:istrator)?|"
    r"webmaster|web\s*desk|correspondents?|contributors?|reporters?|journalists?|writers?|columnists?|"
    r"associated\s+press|press|service|services|wire|"
    r"magazine|zeitung|times|post|tribune|herald|gazette|journal|daily|media|tv|radio|online|verlag|newspaper|"
    r"verband|bundesverband|partei|stiftung|sekretariat|forschung|noticias|nachrichten|welle|ag|se|kg|mbh|bund|"
    r"zentrale|"
    r"inhalte|gesponserte|erstellt|beiträge|artikel|über|interview|chefredakteur(?:in)?|datum|quelle|condé|nast|"
    r"digital|"
    r"guest|author|unknown|anonymous|user|root|superuser|moderator|publisher|copyright|archive|"
    r"partner|sponsored|advertorial|anzeige|company|inc|ltd|llc|gmbh|e\.v|corp|group|institute|"
    r"university|universität|ministerium|ministry|committee|foundation|network|board|"
    r"редакция|редакції|агентство|сайт|newsletter|podcast|video|blog|community|forum|"
    r"home|about|contact|follow|share|email|e-mail|read|more|view|all|posts|articles|minutes?|min|reading|lesezeit|"
    r"published|updated|posted|comments?|kommentare?|photos?|fotos?|image|credit|"
    r"special|exclusive|subscribe|login|sign|twitter|facebook|instagram|linkedin|youtube)\b|"
    r"תחריר|מערכת|هيئة\s+التحرير|التحرير|تحریریه|خبرگزاری|وكالة|وکالة|أسرة|سردبیر|编辑部|編集部|本报|新华社|記者会",
    re.IGNORECASE,
)
AGENCIES = frozenset(
    [
        "abc", "afp", "afp/relaxnews", "ani", "anp", "ansa", "ap", "ap/dpa", "apa", "ats", "bbc", "belga", "cbs",
        "cnn", "ctk", "dpa", "dpa/afp", "efe", "epd", "fars", "ians", "irna", "isna", "keystone-sda", "kna", "lusa",
        "mehr", "mti", "nbc", "npr", "ntb", "pap", "petra", "pti", "rferl", "ria", "ritzau", "rtr", "sana", "sda",
        "sid", "spa", "stt", "tasnim", "tass", "tt", "upi", "wam", "čtk",
    ]
)  # fmt: skip
_MAX_WORDS = 6
_MAX_CHARS = 60
_WORDLESS = re.compile(r"[@#<>{}\[\]=_\\!?…]|https?:")
_NOBODY = re.compile(
    r"^(?:admin\w*|administrator|webmaster|user|root|superuser|moderator|unknown|anonymous|author|guest(?: author)?|"
    r"home|about|contact|follow|share|e-?mail|read|more|view|all|posts?|articles?|blog|comments?|login|sign|subscribe)$",
    re.IGNORECASE,
)


def is_initials(word: str) -> bool:
    """Whether a word is made of a few capitals, as agencies sign (JIJI, SID, AgE)."""
    if not word.isalpha() or sum(c.isupper() for c in word) < 2:
        return False
    return len(word) <= 5 if word.isupper() else len(word) <= 3


def desk_in(part: str, own: Collection[str], key: str, *, is_marked: bool = False) -> str | None:
    """A part of a byline that names a desk, an agency or the outlet itself, else None.

    `own` are the outlet's names and `key` the part's, without case and accents. With `is_marked`, for text that the
    page marks up as the author, a few capitals are an agency. Names of accounts that anybody may
    use ("admin") are nobody's, and links of the page's machinery are none either.
    """
    part = part.strip(" \t,;:.·|-–—*\"“”„'’()")
    if not 2 <= len(part) <= _MAX_CHARS or len(part.split()) > _MAX_WORDS:
        return None
    if _WORDLESS.search(part) or _NOBODY.match(part):
        return None
    squeezed = key.replace(" ", "")
    is_own = any(squeezed == name.replace(" ", "") for name in own)
    is_desk = is_own or key in AGENCIES or (bool(DESK.search(part)) and not part[0].islower())
    is_desk = is_desk or (is_marked and is_initials(part))
    return part if is_desk else None
