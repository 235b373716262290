"""What stands under an article and in gaps of it: headings of related stories and comments with what they head,
appeals to subscribe or to pay, who helped to report, the writer's sign.
"""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extract.fallback import width
from crawler.extract.fragments import Sifted
from crawler.extract.prose import tells
from crawler.extract.title import key

# In small letters, as lines are made before: a pattern that ignores case is five times as slow.
_HEADING = re.compile(
    r"^\W*(?:"
    r"related(?: (?:stories|articles?|posts?|content|topics|news|links|coverage))?|more (?:news )?stories|read next|"
    r"most (?:read|popular|viewed)\b.{0,30}|top (?:stories|trending)|trending(?: stories| now)?|"
    r"featured (?:advertisers?|stor(?:y|ies)|articles?|posts?|videos?)|"
    r"you (?:can|may|might) also (?:like|check|read|be interested in)|recommended(?: for you| stories)?|"
    r"tags|"
    r"ähnliche(?: (?:artikel|beiträge|themen))?|(?:weitere|mehr|verwandte) (?:aktuelle )?(?:themen|beiträge|artikel|"
    r"meldungen|nachrichten)\b.{0,60}|(?:das|dies|diese)\b.{0,30} (?:könnten?|dürften?) (?:sie|dich|euch) "
    r"(?:auch )?interessieren|auch (?:interessant|lesenswert)|meistgelesen|schlagw(?:orte|örter)|zum thema|"
    r"(?:noticias?|notas?|contenidos?|art[íi]culos?|not[íi]cias|mat[ée]rias|artigos) relacionad[oa]s?|"
    r"(?:te|le) puede interesar|lo m[áa]s (?:le[íi]do|visto)|temas(?: relacionados)?|etiquetas|"
    r"sur le même (?:sujet|thème)|articles? (?:liés?|similaires?|associés?)|mots-clés|"
    r"articoli correlati|(?:ti )?potrebbe(?:ro)? (?:anche )?interessar(?:ti|e)|argomenti|"
    r"veja também|mais lidas|gerelateerd\w*(?: \w+)?|meer over\b.{0,40}|"
    r"powiązane(?: \w+)?|podobne(?: \w+)?|najczęściej czytane|"
    r"(?:ссылки|сайты|новости|материалы|ещё|еще) по теме|смотрите? также|самые популярные\b.{0,40}|"
    r"новости (?:партн[её]ров|от)\b.{0,30}|другие новости|схожі новини|"
    r"σχετικά(?: \w+)?|δείτε (?:επίσης|ακόμα)|"
    r"相关(?:新闻|阅读|文章|报道|链接|专题)|"
    r"相關(?:新聞|閱讀|文章|報導)|热门(?:新闻|文章|专题|推荐|评论)|熱門(?:新聞|文章|關鍵字|影音|推薦)|"
    r"関連(?:記事|ニュース|リンク)|おすすめ(?:記事|の記事)?|관련 ?(?:기사|뉴스)|"
    r"مواضيع ذات صلة|أخبار ذات صلة|مطالب مرتبط|اخبار مرتبط|כתבות נוספות|עוד בנושא"
    r")\W*$",
)
_COMMENTS = re.compile(
    r"^\W*(?:(?:\d+ )?comments?(?: are (?:now )?closed\b.{0,40})?|leave a (?:reply|comment)|"
    r"join the (?:discussion|conversation)|"
    r"(?:\d+ )?kommentar(?:e|er)?|leserkommentare|diskutieren sie mit|(?:\d+ )?comentarios?|comentários?|"
    r"(?:\d+ )?commentaires?|commenti|reacties|komentarze|комментари[ий]|коментарі|σχόλια|评论|網友評論|网友评论|"
    r"التعليقات|نظرات|תגובות|版权声明|版權聲明|免责声明|免責聲明)\W*$",
)
_APPEAL = Sifted(
    r"\b(?:sign up (?:for|to) (?:our|the|my)\b|subscribe (?:to|now|today|for)\b|become an? (?:member|subscriber|"
    r"supporter|patron)|support (?:our|independent|quality) (?:journalism|work|reporting)|if you (?:enjoyed|liked) "
    r"this (?:article|story|post)|make a (?:donation|contribution)|comment(?:ing)? policy|comment on this article|"
    r"personal, non-commercial use|(?:like|love) to hear (?:what you think|from you)|"
    r"is (?:a|an) (?:.{3,40})?(?:writer|reporter|journalist|columnist|correspondent|editor)\b.{0,200}\bfollow\b|"
    r"follow \w+ \w*\s?(?:on|at) (?:twitter|x|instagram|facebook)\b|send (?:us )?(?:your )?(?:tips|story ideas)|"
    r"jetzt (?:kostenlos )?(?:abonnieren|testen|unterstützen|anmelden|bestellen|mitmachen|spenden)|"
    r"kostenlos (?:testen|abonnieren)|abonnieren? (?:sie|den|unseren)|unterstütz\w+ (?:sie )?(?:uns|unsere)\b|"
    r"(?:braucht|brauchen) (?:deine|ihre|eure|unsere) unterstützung|(?:in|zu) unserem (?:live-?|news-?)(?:blog|ticker)|"
    r"(?:am|an jedem) \w*kiosk\b.{0,60}\b(?:abo|e-paper)|(?:direkt )?auf (?:dein|ihr) (?:handy|smartphone)|"
    r"réservée? (?:aux|à nos) abonnés|il vous reste .{1,20} (?:de cet article )?à lire|abonnez-vous|soutenez|"
    r"inscrivez-vous|rejoignez(?:-| )nous|tu suscripci[óo]n|suscr[íi]b(?:ete|ase|irse)|hazte (?:socio|miembro)|"
    r"s[íi]guenos|[úu]nete a (?:nuestro|nuestra)|canal de (?:telegram|whatsapp)|abbonati|iscriviti|sostieni(?:ci)?|"
    r"unisciti|assine (?:o|a|já)|inscreva-se|siga(?:-nos| o| a)|canal (?:do|no) (?:telegram|whatsapp)|"
    r"coment[áa]rios .{0,120}(?:aprovados|moderados|moderador)|abonneer|word lid|meld je aan|steun ons|zapisz się|"
    r"subskrybuj|prenumerat\w+|wesprzyj|wykup dostęp|подпи(?:сывайтесь|шитесь|саться)|поддержите|telegram-канал|"
    r"abone ol\w*|εγγραφείτε|ακολουθήστε|bli (?:medlem|abonnent)|prenumerera|tilaa)\b|"
    r"有料会員|有料記事|会員登録|未经.{0,8}授权|未經.{0,10}授權|不构成投资建议|不構成投資建議|免責聲明|版权均?属|版權均?屬|"
    r"粉絲團|粉丝团|facebook專頁|"
    r"اشترك|تابعونا|عضو(?:یت)? در (?:کانال|خبرنامه)|עקבו אחרינו|הצטרפו",
)
_HELPERS = Sifted(
    r"\bcontribut(?:ed|ing) (?:to this|reporting|research)|"
    r"^\W*(?:with (?:files|reporting|additional reporting) (?:from|by)|"
    r"(?:additional |further )?(?:reporting|writing|editing|photography|translation) (?:by|from)|"
    r"edited by|translated by)\b|"
    r"^\W*(?:übersetzung|redaktion|schlussredaktion|mit material von|mit informationen von|traducción|traduction|"
    r"tłumaczenie|перевод|编辑|編輯|责任编辑|責任編輯)\s*[:：]",
)
_SIGN = re.compile(r"^\W{0,2}[a-zäöüß]{2,4}(?:\s?[/,]\s?[a-zäöüß]{2,4}){0,2}\W{0,2}$")
_END = re.compile(r"[.!?…”\"»。！？؟]\W*$")
_NEAR_END = 8  # paragraphs
_MIN_ABOVE = 250  # characters
_MAX_HEADING = 80
_MAX_APPEAL = 900
_MAX_HELPERS = 300
_TEASER_CHARS = 140
_SHORT_CHARS = 100  # longer lines under a heading of other stories, down to the end, may be the text again
_COMMENTS_FROM = 0.3  # of the text stands above its comments


def without_closing(
    paragraphs: Sequence[str], authors: Sequence[str], links: frozenset[str], dropped: list[tuple[str, str]]
) -> list[str]:
    """The paragraphs without what closes a page; what goes is added to `dropped` with the reason."""
    kept = _without_sections(paragraphs, links, dropped)
    start = max(1, len(kept) - _NEAR_END)
    signs = {key(a) for a in authors}
    rest = kept[:start]
    is_headed = False  # whether what went stood right under the line that is now the last
    for index, line in enumerate(kept[start:], start):
        why = _closing_reason(line, signs, is_last=index >= len(kept) - 2)
        if not why:
            is_headed = False
            rest.append(line)
            continue
        if why == "appeal" and not is_headed and len(rest) > 1 and _is_dangling(rest[-1]):
            dropped.append(("heading of an appeal", rest.pop()))
        is_headed = True
        dropped.append((why, line[:80]))
    return rest


def _without_sections(paragraphs: Sequence[str], links: frozenset[str], dropped: list[tuple[str, str]]) -> list[str]:
    """The lines without headings of other stories and the teasers under them, and without comments to the end."""
    total = sum(map(len, paragraphs))
    last_long = max((i for i, line in enumerate(paragraphs) if width(line) > _SHORT_CHARS), default=0)
    kept: list[str] = []
    above = 0
    is_other = False
    for index, line in enumerate(paragraphs):
        if above >= _MIN_ABOVE and len(line) <= _MAX_HEADING:
            folded = line.lower()
            if above >= _COMMENTS_FROM * total and _COMMENTS.match(folded):
                dropped.extend(("comments", rest[:80]) for rest in paragraphs[index:])
                break
            if _HEADING.match(folded):
                is_other = True
                dropped.append(("heading of other stories", line))
                continue
        if is_other and (index > last_long or _is_teaser(line, links)):
            dropped.append(("other story", line[:80]))
            continue
        is_other = False
        kept.append(line)
        above += len(line)
    return kept


def _is_teaser(line: str, links: frozenset[str]) -> bool:
    items = line.split("\n")
    if len(items) > 1 or line.startswith(("- ", "| ")):
        return True
    return line in links or (width(line) <= _TEASER_CHARS and not _END.search(line))


def _closing_reason(line: str, signs: set[str], *, is_last: bool) -> str | None:
    folded = line.lower() if len(line) <= _MAX_APPEAL else ""
    if _APPEAL.search(folded) and not tells(line):
        return "appeal"
    if len(line) <= _MAX_HELPERS and _HELPERS.search(folded):
        return "who helped"
    if is_last and (_SIGN.match(line) or key(line) in signs):
        return "sign"
    return None


def _is_dangling(line: str) -> bool:
    return len(line) <= _MAX_HEADING and "\n" not in line and not _END.search(line) and not line.endswith(":")
