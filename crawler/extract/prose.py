"""Sentences that tell of something, apart from those that ask something of the reader.

News speaks of newsletters, subscribers, channels and rights as well. What asks is short and without a full stop, or
speaks to the reader or of itself ("your", "our", "here"), unless somebody is quoted with it.
"""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[.!?…。！？؟][\s”\"»’')\]]*$")
_MIN_WORDS = 6
_TO_READERS = re.compile(
    r"\b(?:you(?:'re|’re|r|rs)?|we(?:'re|’re)?|(?-i:us)|our|my|here|below|above|click|"
    r"read more (?:news|about|on|at|of)|find out more|want to know|follow (?:\w+ ){1,4}on (?:twitter|facebook|"
    r"instagram)|(?-i:Sie|Ihre?[nmrs]?|Ihnen)|dich|dein\w*|euch|eure?[nmrs]?|"
    r"(?:folgst|kennst|willst|hast) du|uns|unser\w*|wir|hier|aktuelle ausgabe|"
    r"vous|votre|vos|nous|notre|nos|ici|tu|tus|nuestr[oa]s?|aqu[íi]|usted|nostr[oaie]|tuo|tua|"
    r"você|nosso|nossa|nossos|clique|jouw|uw|ons|onze|din|ditt|vår|vårt|våra|oss|här|vores|"
    r"nasz\w*|tutaj|twoj\w*|twój|zapisz się|наш\w*|нас|вас|ваш\w*|вы|нам|здесь|μας|σας|εδώ)\b|"
    r"^\W*(?:sign up|subscribe|register|please) |"
    r"(?:abonnez|inscrivez|rejoignez|suivez|lisez|soutenez|retrouvez)-|https?:|www\.|@\w|"
    r"(?:بنا|لنا|معنا|قناتنا|صفحتنا|تابعونا|ما را|شما|اینجا|שלנו|אחרינו|אלינו|כאן)",
    re.IGNORECASE,
)
#: Labels and formulas that open or end a sentence which is none of the article's, whatever it tells.
_FORMULA = re.compile(
    r"^\W*(?:(?:related|see|read|auch interessant|lesen sie auch|mehr|quelle|puede[sn]? ver|te puede interesar|"
    r"(?:lire|voir|à lire) (?:aussi|également)|leggi anche|leia (?:também|mais)|lees ook|les også|läs också|"
    r"czytaj (?:też|także|więcej)|zobacz (?:też|także)|чита(?:й|йте|ти) (?:также|також|ещё|еще))(?: also| more)?\s*:|"
    r"an error (?:has )?occurred|copyright\s*(?:©|\(c\)|\d{4})|\W{0,3}(?:©|\(c\))\s*\w|"
    r"(?:last )?updated?\b[^:]{0,20}\d{1,2}\b.{0,24}:\s)|"
    r"all rights reserved\W*$|"
    r"\bthis (?:article|story|piece|post) (?:was|has been|is) (?:originally|first|also) (?:published|posted|printed)|"
    r"\bdiese[rns]? (?:artikel|text|beitrag) (?:ist|erschien|wurde|stammt) (?:zuerst|zunächst|ursprünglich|"
    r"erstmals)\b.{0,80}$|"
    r"coment[áa]rios .{0,120}(?:aprovados|moderados|moderador)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:said|says|saying|told|tells|asked|asks|urged|warned|wrote|writes|announced|according to|found|ruled|"
    r"promised|advises|describes|motto|slogan|"
    r"sagte\w*|sagt|erklärte|teilte .{0,60}\bmit|mitteilte|schrieb|laut|heißt es|"
    r"a (?:dit|déclaré|lancé|annoncé|indiqué|écrit)|selon|dijo|dice|afirmó|anunció|aseguró|señaló|según|"
    r"ha (?:detto|dichiarato|annunciato|scritto)|ripete|accusano|secondo|disse|afirmou|anunciou|segundo|"
    r"zei|zegt|meldt|volgens|sade|säger|enligt|siger|ifølge|powiedzia\w+|według|"
    r"сказал\w*|сообщил\w*|заявил\w*|написал\w*|повідоми\w+|заяви\w+|είπε|δήλωσε)\b|"
    r"قال|قالت|أعلن|بحسب|گفت|اعلام کرد|به گزارش|אמר|אמרה|מסרה|מסר|לדברי",
    re.IGNORECASE,
)


def tells(line: str) -> bool:
    """Whether a line is a whole sentence of six words and more that does not speak to the reader, or quotes somebody
    who does; formulas that stand under articles ("This article was first published in ...") tell nothing of it.
    """
    if not _SENTENCE.search(line) or len(line.split()) < _MIN_WORDS or _FORMULA.search(line):
        return False
    return bool(_TOLD.search(line)) or not _TO_READERS.search(line)
