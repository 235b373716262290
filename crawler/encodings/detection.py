"""Which encoding a text is in that names none, or a wrong one.

Asked only where bytes are no valid UTF-8 and no label fits them. Legacy encodings map the same bytes to other letters;
the one whose letters are as frequent as in a language is taken.
"""

# ruff: noqa: E501, RUF001, PLR2004
# letters of many scripts; shares and ranks are the rules themselves

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_MAX_BYTES = 200_000
_MAX_WORD_BYTES = 6_000
_MAX_BROKEN = 0.002  # of the characters of a multi-byte text
_MAX_BROKEN_UTF8 = 0.1  # hardly any sign of another encoding is one in UTF-8
_MIN_COMMON = 0.12  # of its characters are among the most frequent of the language

_SEVEN_BIT = (("iso2022_kr", b"\x1b$)C"), ("iso2022_jp_2", b"\x1b$B"), ("iso2022_jp_2", b"\x1b$@"))

#: The most frequent signs of the languages that need two bytes for one.
_KANA = "のにはをたがでてとしれさいなるもすかまこだらっくりう、。ーンスルトリイアラクシレドタプッロ"
_SIMPLIFIED = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已，。"
_TRADITIONAL = "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已，。"
_HANGUL = "이다는을의에가고하지로기사한은도를대정자어인서리시그나해있스아일으부전라보수것들과장상제여주게만구면니"
_MULTI_BYTE = (
    ("utf-8", ""),
    ("euc_jp", _KANA),
    ("cp932", _KANA),
    ("cp949", _HANGUL),
    ("johab", _HANGUL),
    ("gb18030", _SIMPLIFIED),
    ("big5hkscs", _TRADITIONAL),
)

#: Letters beyond ASCII, the most frequent first, by language.
_LATIN = (
    "éèàêçôûîùâïëœ",  # French
    "äüöß",
    "óíáéñúü¿¡",
    "ãçáéíõóêâúàô",
    "èàùòéì",
    "åäöøæé",
    "ðþáíóöæúéý",
)
_CENTRAL = ("łęóążśćńź", "íáěéšřžčýůúťóďň", "áíýčúšťžéľňôóďäĺŕ", "áéöóőüíúű", "ăîţşâșț", "čšžćđ")
_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "latin": _LATIN,
    "central": _CENTRAL,
    "turkish": ("ıüşöğçİâî",),
    "baltic": ("āīēšņļūžķģč", "ėųšįžąęūč", "äõüöšž"),
    "cyrillic": (
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        "аиоетнрсвлпдзкмугчбъщяжхйцшюьф",
        "оанивтерісклумдпзябьгчйхжїцшюєщфґ",
    ),
    "greek": ("αοιτεςσνηρπκμλυίόάέήωγδύχώθφβξζϊ",),
    "hebrew": ("יוהלארתבשמםנדפחקעטןכגסזךץצף",),
    "arabic": ("الينموترةبدعسفكقحجأهشطصىخإضذغزءثئظآؤ", "اينردمهوتلبسكشفخقزجگعپطحصچآغضظژ"),
    "thai": ("านรอกเง่ทม้ยลวดสตะิปบคหแจพชีขใ์ไัุูึืโผซถศธณฐฉฟ",),
}
#: In the order in which they are believed when two fit alike: the later Windows sets hold what the older ones do.
_SINGLE_BYTE = (
    ("cp1252", "latin"), ("cp1250", "central"), ("iso8859-2", "central"), ("cp1251", "cyrillic"), ("cp1255", "hebrew"),
    ("cp1256", "arabic"), ("cp1253", "greek"), ("iso8859-7", "greek"), ("cp1254", "turkish"), ("cp874", "thai"),
    ("koi8-u", "cyrillic"), ("iso8859-5", "cyrillic"), ("cp866", "cyrillic"), ("cp855", "cyrillic"),
    ("mac-cyrillic", "cyrillic"), ("iso8859-6", "arabic"), ("cp1257", "baltic"), ("mac-roman", "latin"),
)  # fmt: skip
_SIGNS = "\xa0«»“”„‘’–—…·\u200c\u200d\u200e\u200f،؛؟"
_NO_LETTERS = "•©®°€£§№™"  # never right after a letter
_CLOSING = "’”»"  # hardly after a blank
_UNLIKELY = math.log(0.0005)
_SIGN = math.log(0.02)
_RARE_CAPITAL = math.log(0.1)
_WORD = re.compile(rb"[A-Za-z'\x80-\xff]*[\x80-\xff][A-Za-z'\x80-\xff]*")
_TAGS = re.compile(rb"<[^<>]*>")


def _likelihoods(letters: str) -> dict[str, float]:
    """How likely each letter is among those beyond ASCII: by its rank, capitals a tenth of that."""
    weights = {letter: 1 / (rank + 3) for rank, letter in enumerate(letters)}
    total = sum(weights.values())
    known = dict.fromkeys(_SIGNS + _NO_LETTERS, _SIGN)
    for letter, weight in weights.items():
        known[letter] = math.log(weight / total)
        if len(letter.upper()) == 1:
            known.setdefault(letter.upper(), known[letter] + _RARE_CAPITAL)
    return known


_MODELS = {script: tuple(map(_likelihoods, languages)) for script, languages in _LANGUAGES.items()}


def escaped(body: bytes) -> str | None:
    """The encoding of text that is ASCII as bytes and switches sets by escape sequences."""
    for codec, mark in _SEVEN_BIT:
        if mark in body and _share_broken(body[:_MAX_BYTES], codec) == 0:
            return codec
    return None


def detected(body: bytes) -> str:
    """The codec in which a body makes most sense; cp1252, which takes every byte, when in none."""
    sample = body[:_MAX_BYTES]
    return _multi_byte(sample) or _single_byte(sample)


def wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark: white space, digits and markup have zeros on one side only."""
    size = len(sample) // 4 * 4
    if not size or b"\0" not in sample:
        return None
    zeros = [sample[offset:size:4].count(0) * 4 / size for offset in range(4)]
    if min(zeros[1:]) > 0.3 and zeros[0] < 0.05 and min(zeros[2:]) > 0.9:
        return "utf-32-le"
    if min(zeros[:3]) > 0.3 and zeros[3] < 0.05 and min(zeros[:2]) > 0.9:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    codec = "utf-16-le" if odd > 0.03 and odd > 4 * even else "utf-16-be" if even > 0.03 and even > 4 * odd else None
    return codec if codec and _is_text(sample[:size], codec) else None


def _is_text(sample: bytes, codec: str) -> bool:
    """Whether a sample reads as text: hardly a character that is none, and spaces or markup between words."""
    text = sample.decode(codec, "replace")
    strange = sum(1 for sign in text if not (sign.isprintable() or sign in "\r\n\t\ufeff\u200c\u200d\u200e\u200f"))
    return strange + text.count("\ufffd") <= 0.02 * len(text)


def _share_broken(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    return text[:-2].count("\ufffd") / max(1, sum(1 for sign in text if not sign.isascii()))


def _multi_byte(sample: bytes) -> str | None:
    best, best_share = None, _MIN_COMMON
    for codec, common in _MULTI_BYTE:
        signs = [sign for sign in sample.decode(codec, "replace")[:-2] if sign > "\x7f"]
        broken = _MAX_BROKEN_UTF8 if codec == "utf-8" else _MAX_BROKEN
        if not signs or signs.count("\ufffd") > broken * len(signs):
            continue
        if not common:
            return codec
        share = sum(sign in common for sign in signs) / len(signs)
        if share > best_share:
            best, best_share = codec, share
    return best


def _single_byte(sample: bytes) -> str:
    words, size = [], 0
    for found in _WORD.finditer(_TAGS.sub(b" ", sample)):
        words.append(found[0][:40])
        size += len(words[-1])
        if size > _MAX_WORD_BYTES:
            break
    joined = b" ".join(words)
    best, best_score = "cp1252", -math.inf
    for codec, script in _SINGLE_BYTE:
        text = joined.decode(codec, "replace")
        score = max(_score(text, model, is_latin=_is_latin(script)) for model in _MODELS[script])
        if score > best_score + 1e-9:
            best, best_score = codec, score
    return best


def _is_latin(script: str) -> bool:
    return script in {"latin", "central", "turkish", "baltic"}


def _score(text: str, model: Mapping[str, float], *, is_latin: bool) -> float:
    """The mean likelihood of the letters beyond ASCII, as they stand in words."""
    total, count, before = 0.0, 0, " "
    for sign in text:
        if sign > "\x7f":
            likely = model.get(sign, _UNLIKELY)
            after_ascii = before < "\x80" and before.isalpha()
            if (
                (sign.isupper() and before.islower())
                or (after_ascii and not is_latin)
                or (sign in _NO_LETTERS and before.isalpha())
                or (sign in _CLOSING and before.isspace())
            ):
                likely = _UNLIKELY
            total += likely
            count += 1
        elif not is_latin and before > "\x7f" and sign.isalpha():
            total += _UNLIKELY / 2
        before = sign
    return total / count if count else -math.inf
