"""What one place of a page says about when its article was written."""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extract.moments import DateStyle, Reading, read_date

_PUBLISHED = (
    r"publi[sckq]|pubbl|gepubl|posted|creat|written|issued|erstellt|veröffentl|erschienen|paru|mis en ligne|geplaatst|"
    r"dodan|opublik|utworz|опублик|создан|додан|publicer|julkais|δημοσ|yayın|oluşturul|نشر|انتشار|منتشر|פורסם|公開|"
    r"投稿|掲載|发布|發布|发表|입력|등록|megjelen|vydán|zveřejn|objav|diterbit|đăng"
)
_MODIFIED = (
    r"updat|modif|edited|revised|amended|corrected|aktuali[sz]|zuletzt|geändert|bearbeitet|mis[e]? à jour|màj|actuali|"
    r"aggiorn|atualiz|bijgewerkt|gewijzigd|обновл|изменен|оновлен|uppdat|oppdat|opdat|päivit|muokat|ενημέρ|güncel|"
    r"تحديث|تعديل|به.?روز|ویرایش|עודכן|עדכון|更新|수정|frissít|módosít|uprav|diperbarui|cập nhật"
)
_WORDS = re.compile(rf"(?P<published>{_PUBLISHED})|(?P<modified>{_MODIFIED})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """A date as it was found: by what rule, and what it says."""

    rule: str
    reading: Reading


def datings(rule: str, text: str | None, style: DateStyle) -> Iterator[Dating]:
    """The one dating of a string, or none."""
    if text and (reading := read_date(text, style)):
        yield Dating(rule=rule, reading=reading)


def told_apart(text: str) -> tuple[str, str]:
    """The parts of a short text that tell of publication and of a change; either may be empty.

    "Created 17 June 2019, updated 4 June 2020" has both; what no word marks is of publication. A word may follow
    its date, as it does in Japanese and Persian.
    """
    words = list(_WORDS.finditer(text))
    if not any(word["modified"] for word in words):
        return text, ""
    starts = [word.start() for word in words]
    parts = {"published": "", "modified": ""}
    before = text[: starts[0]]
    if _is_dated(before):
        if _is_dated(text[starts[0] :]):
            parts["published"] = before
        else:
            parts["modified" if words[0]["modified"] else "published"] = before
    for word, end in zip(words, [*starts[1:], len(text)], strict=True):
        kind = "modified" if word["modified"] else "published"
        if not parts[kind] and _is_dated(said := text[word.start() : end]):
            parts[kind] = said
    return parts["published"], parts["modified"]


def tells_publication(text: str) -> bool:
    """Whether a text has a word of publication."""
    return any(word["published"] for word in _WORDS.finditer(text))


def _is_dated(text: str) -> bool:
    return any(c.isdigit() for c in text)
