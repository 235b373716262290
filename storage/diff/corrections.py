"""Correction notices: paragraphs by which an outlet says that an article was wrong."""

# ruff: noqa: E501, RUF001
# words of many scripts, kept together by language

from __future__ import annotations

import re

#: A longer paragraph tells a story of its own.
MAX_CHARS = 600

# Both in small letters, as paragraphs are made before: a pattern that ignores case is five times as slow.
#: A notice that begins with its own name. What may stand between the name and the mark: a date, "appended".
_NAMED = re.compile(
    r"\W*(?:(?:editor['’]?s?['’]? )?(?:corrections?|clarifications?|retractions?)(?: (?:appended|and clarifications?|notice|note))?|"
    r"korrektur(?:hinweis)?|berichtigung|richtigstellung|klarstellung|rectificati(?:f|on)s?|pr[ée]cision|mise au point|erratum|errata|"
    r"fe de erratas?|(?:nota de )?correcci[óo]n|rectificaci[óo]n|aclaraci[óo]n|corre[çc][ãa]o|retifica[çc][ãa]o|rettifica|errata corrige|precisazione|"
    r"rectificatie|correctie|sprostowanie|korekta|исправление|уточнение|поправка|опровержение|виправлення|уточнення|спростування|düzeltme|"
    r"r[æa]ttelse|rättelse|oikaisu|διόρθωση|תיקון(?: טעות)?|הבהרה|תיקון והבהרה|تصحيح|تصويب|توضيح|اصلاحیه|تصحیح|توضیح|更正|订正|訂正|更正启事|정정(?: ?보도)?)"
    r"\s*(?:\([^)]{0,60}\)|,[^:]{0,60}|\d[^:]{0,30})?\s*[:：—–-]",
)
#: A sentence that says so, wherever it stands in a short paragraph.
_SAID = re.compile(
    r"\b(?:an? (?:earlier|previous|original|prior|initial) version of (?:this|the) (?:article|story|report|piece|post|headline|page|caption|text)|"
    r"(?:this|the) (?:article|story|report|piece|post|headline) (?:(?:has been|was|is) )?(?:since )?(?:(?:been )?(?:corrected|amended|clarified|retracted)|"
    r"(?:updated|changed|edited|revised) to (?:correct|clarify|reflect|remove|fix)|(?:incorrectly|mistakenly|wrongly|erroneously) |misstated|misspelled|misidentified)|"
    r"(?:eine fr[üu]here|in einer fr[üu]heren|in einer ersten|die urspr[üu]ngliche) (?:version|fassung) (?:dieses|des) (?:artikels|textes|beitrags)|"
    r"(?:une|dans une) (?:version (?:pr[ée]c[ée]dente|ant[ée]rieure|initiale)|premi[èe]re version) de (?:cet article|ce texte)|"
    r"una versi[óo]n (?:anterior|previa) de est[ea] (?:art[íi]culo|noticia|texto)|uma vers[ãa]o anterior d(?:este|a) (?:artigo|reportagem|texto)|"
    r"una (?:versione precedente|precedente versione) di questo articolo|een eerdere versie van dit artikel|"
    r"(?:в|в более) (?:первоначальной|ранней|предыдущей) версии (?:статьи|текста|материала)|"
    r"bu haberin önceki (?:versiyonunda|sürümünde)|wcześniejsz(?:a|ej) wersj(?:a|i) (?:tego )?artykułu)|"
    r"בגרסה (?:קודמת|מוקדמת|ראשונה) של (?:הכתבה|הידיעה|המאמר)|در نسخه (?:قبلی|پیشین|اولیه) این (?:مطلب|گزارش|خبر|مقاله)|"
    r"في نسخة سابقة من هذا (?:التقرير|المقال|الخبر)|本文(?:较早|早前|先前)版本|この記事の以前の(?:版|バージョン)",
)  # fmt: skip
#: One of which each such sentence holds: they are looked for before it, in a tenth of the time.
_SAID_WORDS = (
    "vers", "fassung", "correct", "amended", "clarif", "retracted", "updated", "changed", "edited", "revised", "mistaken",
    "wrongly", "erroneous", "misst", "missp", "misid", "верси", "sürüm", "wersj", "בגרסה", "نسخ", "版本", "以前の",
)  # fmt: skip


def is_correction(paragraph: str) -> bool:
    """Whether a paragraph is a notice that something in the article was wrong."""
    if len(paragraph) > MAX_CHARS:
        return False
    folded = paragraph.lower()
    if _NAMED.match(folded):
        return True
    return any(word in folded for word in _SAID_WORDS) and bool(_SAID.search(folded))
