"""Lines that ask the reader to do something, or label the page's machinery, in a dozen languages."""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re

from crawler.extract.fragments import Sifted
from crawler.extract.prose import tells

_CHROME = re.compile(
    r"^\W*(?:(?:read|see|watch|learn|listen)\s+(?:more|also|next|now)\b|also read\b|more (?:on|from|in|"
    r"about)\b[^.]{0,80}$|"
    r"related\s*(?::|stories|articles?|posts?|content|topics)|recommended\b.{0,40}$|you (?:may|might) also like|"
    r"(?:sign up|subscribe|register)\b.{0,160}(?:newsletter|inbox|e-?mail|updates|alerts|today|now|channel)|"
    r"(?:click|tap) here\b|share (?:this|on|via)\b|follow (?:us|me|him|her|@)|like us on|join (?:us|our) on|"
    r"(?:follow|find) .{2,40} on (?:twitter|facebook|instagram|x|telegram|google news)|"
    r"download (?:the|our) app|get (?:the|our) (?:latest|free|daily|best)\b.{0,80}(?:inbox|newsletter|app|email)|"
    r"advertisement\b\W*$|sponsored content|story continues below|article continues (?:below|after)|"
    r"continue reading\b.{0,60}$|leave a (?:reply|comment)|(?:\d+\s+)?comments?\W*$|post a comment|your email address|"
    r"all rights reserved|copyright\b|©|\(c\)\s*\d{4}|(?:photo|image|picture|video|"
    r"illustration)s?(?:\s+credits?)?\s*(?::|by\b)|"
    r"file (?:photo|image)\b|getty images|tags?\s*:|filed under|categories\s*:|topics\s*:|posted in\b|print this|"
    r"e-?mail this|"
    r"this (?:article|story|piece|post) (?:was|has been|is) (?:originally|first|also)\b.{0,120}$|"
    r"(?:please )?enable javascript|loading\W*$|skip (?:to|ad)\b|"
    r"lesen sie (?:auch|mehr|hier)|lies (?:auch|mehr)|mehr zum thema|mehr (?:dazu|zu)\b.{0,60}$|auch interessant|"
    r"weiterlesen|"
    r"(?:newsletter|jetzt) (?:abonnieren|anmelden)|folgen sie uns|teilen\W*$|anzeige\W*$|quellen?\s*:|"
    r"foto(?:s)?\s*:|bild(?:er)?\s*:|(?:lire|voir) aussi|à lire (?:aussi|également)|abonnez-vous|inscrivez-vous|"
    r"partager\W*$|"
    r"photos?\s*©|crédit|lea? (?:también|más|mas)|leer más|leer también|ver también|te puede interesar|suscr[ií]b\w+|"
    r"comparte\b.{0,30}$|síguenos|leggi anche|leggi tutto|iscriviti|condividi\b|leia (?:também|mais)|saiba mais|"
    r"lees (?:ook|meer)|les også|läs (?:också|även|mer)|læs også|czytaj (?:też|także|więcej)|zobacz (?:też|także)|"
    r"читайте (?:также|ещё|еще)|подписывайтесь|подпишитесь|читати також|фото\s*:|διαβάστε (?:επίσης|ακόμα|περισσότερα)|"
    r"اقرأ أيضا|اقرأ المزيد|إقرأ|تابعوا|شاهد أيضا|بیشتر بخوانید|بیشتر بدانید|کانال تلگرام|קראו (?:עוד|גם)|לקריאה נוספת|"
    r"(?:reading|read) time\b|\d+[- ]min(?:ute)?s? read\b|lese(?:dauer|zeit)\b|temps de lecture|tiempo de lectura|"
    r"tempo (?:de leitura|di lettura)|leestijd|l[æä]setid|lästid|czas czytania|время чтения|"
    r"table of contents\W*$|(?:on|in) this (?:page|article)\W*$|inhalt(?:sverzeichnis|sübersicht)\W*$|"
    r"auf dieser seite\W*$|dieses thema im programm\W|"
    r"please (?:log|sign) ?(?:in|out)\b|en este artículo\W*$|sommaire\W*$|"
    r"(?:le|te) puede interesar\b|puede[sn]? ver\s*:|auch lesen\b|lies auch|lire également|sur le même sujet|"
    r"(?:schau|sehen sie) auch\b|смотри(?:те)? (?:также|ещё|еще)\b|читай(?:те)? (?:также|ещё|еще)\b|"
    r"teilen(?: sie dies)?(?: mit| auf| via)?\W*$|compartir\W*$|(?:zuletzt )?aktualisiert am\b.{0,40}$|"
    r"letzte (?:änderung|aktualisierung)\b.{0,40}$|версия для (?:печати|pda)|drucken\W*$|"
    r"sie sind (?:aktuell |derzeit )?nicht (?:eingeloggt|angemeldet)|"
    r"(?:mehr|alles|aktuelle\b).{0,80}\b(?:finden|lesen|erfahren) sie "
    r"(?:jederzeit |hier )?(?:in|im|auf|unter)\b.{0,60}$|"
    r"print article|"
    r"listen (?:to .{2,30} )?(?:live|back)\b|\d+ comments?\s*/|\[/?\w+ [^\]]{1,200}=|"
    r"(?:titelbild|beitragsbild|symbolbild|image (?:illustrative|d'illustration)|imagen ilustrativa)\s*:|"
    r"\(?(?:photo |image )?credits?\s*:|(?:kategorien?|category|categoría|catégorie|categoria|rubrik)\s*:|"
    r"(?:weitere|mehr|zusatz|further|more|más|plus d.)\s*-?informa(?:tionen|tion|ción|ções)\b.{0,60}$|"
    r"(?:view|show|hide|add) (?:all )?comments\b|kommentare (?:insgesamt|anzeigen)\b|wird geladen\b|"
    r"(?:listen to|hören sie) (?:this|diesen) (?:article|artikel)\b|"
    r"end of article\W*$|text size\W*$|trending\W*$|embed\W*$|tweet\W*$|hauptinhalt\W*$|"
    r"延伸閱讀|延伸阅读|责任编辑|責任編輯|相关阅读|関連記事)",
)
_CALL = Sifted(
    r"\b(?:newsletters?|whatsapp[- ]kanal|whatsapp channel|telegram channel|push alerts?)\b.{0,80}$|"
    r"\b(?:abonnier\w*|subscribe|abonnez|suscr[ií]b\w+|iscriviti)\b.{0,60}$|by clicking here\W*$|"
    r"\bbefore commenting\W*$|"
    r"(?:may|can) be reached at\b|^\W*(?:write|email|e-mail|contact) (?:to )?.{2,60}\bat\b.{3,60}@|@\w+\.com\W*$|"
    r"follow (?:her|him|them|me) on\b|^thank(?:s| you) for (?:signing|subscribing|reading)|"
    r"^\W*an error (?:has )?occurred|"
    r""
    r"for your personal, non-commercial use|"
    r"delivered (?:to|through) your (?:inbox|letterbox|door)|"
    r"we (?:may )?(?:earn|receive) (?:a|an affiliate) commission|"
    r"we independently (?:select|review|choose)|^follow .{2,40} coverage\b|^\W*follow .{2,80}:?\s*https?:|"
    r"(?:must be|are not|musst du|müssen sie) (?:logged in|signed in|(?:dich )?eingeloggt|angemeldet)|"
    r"um einen kommentar abzugeben|^kommentar (?:abgeben|schreiben)|"
    r"tell us what you think|wie hat ihnen dieser artikel|durchschnittliche bewertung|^folgst du|^folge uns|"
    r"\b\d{1,2}:\d\d min\W*$|\bdiese[rns]? (?:artikel|text|beitrag) (?:ist|erschien|wurde|stammt) (?:zuerst|zunächst|"
    r"ursprünglich|erstmals|aus)\b|"
    r"^\W*don['’]t miss\W*$|^\W*(?:updated?|last updated)\b.{0,40}\d",
)
_SHORT = 160
_PROMPT_CHARS = 260


def is_prompt(line: str) -> bool:
    """Whether a line asks the reader to do something, or is a label of the page's machinery."""
    if len(line) > _PROMPT_CHARS:
        return False
    folded = line.lower()
    asks = bool(_CHROME.match(folded)) or (len(line) <= _SHORT and _CALL.search(folded) is not None)
    return asks and not tells(line)
