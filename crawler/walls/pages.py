"""Walls that a page is, by what it says and how little of it there is."""

# ruff: noqa: RUF001, E501
# words of many scripts, kept together by language

from __future__ import annotations

import html as entities
import re
from collections.abc import Sequence

from crawler.walls.wall import CHALLENGE, CONSENT, GONE, LOGIN, Wall

#: A page with more text than this of its own stands for itself, whatever else is on it.
SMALL_CHARS = 1_200
#: Of all that a page shows, menus too; challenges show a line or two.
_BARE_CHARS = 900
_NOTHING_CHARS = 200
_MAX_HTML_CHARS = 400_000
_TITLE_CHARS = 90

#: What only a challenge has in its source; a page that the same service merely watches has not.
_SOURCES = (
    (
        "Cloudflare",
        ("_cf_chl_opt", "cf-browser-verification", "cf-challenge-running", "challenge-error-text", "cf-error-details"),
    ),
    ("DataDome", ("captcha-delivery.com/", "dd_referrer")),
    ("PerimeterX", ("px-captcha", "captcha.px-cdn.net", "captcha.perimeterx.net", "_pxBlockScript")),
    ("Akamai", ("errors.edgesuite.net", "sec-if-cpt-container", "/_sec/cp_challenge", "bm-verify=")),
    ("Imperva", ("_Incapsula_Resource", "Incapsula incident ID", "incapsula_resource")),
    ("Sucuri", ("sucuri_cloudproxy_js", "Sucuri WebSite Firewall", "cloudproxy@sucuri")),
    ("DDoS-Guard", ("ddos-guard/js-challenge", "check.ddos-guard.net", "/.well-known/ddos-guard/")),
    ("AWS WAF", ("window.gokuProps", "awsWafCookieDomainList", "AwsWafIntegration.")),
    ("Vercel", ("/.well-known/vercel/security/",)),
    ("Kasada", ("window.KPSDK", "/ips.js?")),
    ("Anubis", ("anubis_challenge", "/.within.website/x/cmd/anubis")),
    ("a cookie test", ("slowAES.decrypt", "/aes.js")),
)
_CAPTCHAS = (
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "hcaptcha.com/1/api.js",
    "challenges.cloudflare.com/turnstile",
    "smartcaptcha",
)

_CHALLENGE_TITLE = re.compile(
    r"(?:just a moment|attention required|access (?:to this (?:page|site) (?:has been )?)?denied|are you (?:a )?(?:robot|human)|"
    r"(?:vercel )?security (?:check(?:point)?|verification)|(?:please )?verify(?:ing)? (?:that )?you are (?:a )?human|human verification|"
    r"pardon our interruption|checking your browser|(?:please )?(?:complete the )?captcha|forbidden|403 forbidden|request (?:blocked|rejected|denied)|"
    r"unusual traffic|ddos-guard|you (?:have been|are being|are) blocked|blocked$|one more step|bot (?:detection|verification)|"
    r"making sure you're not a bot|robot check|please (?:wait|enable (?:js|javascript|cookies))|"
    r"einen moment|nur einen moment|zugriff verweigert|sicherheitsüberprüfung|bitte warten|sind sie ein mensch|"
    r"un instant|accès refusé|vérification de sécurité|vérifions que vous|un momento|acceso denegado|verificación de seguridad|"
    r"accesso negato|verifica di sicurezza|acesso negado|só um momento|um momento|toegang geweigerd|even geduld|"
    r"dostęp zabroniony|odmowa dostępu|jeszcze chwila|доступ (?:запрещ[её]н|ограничен)|проверка (?:браузера|безопасности)|один момент|"
    r"подтвердите, что (?:вы|запросы)|доступ заборонено|перевірка безпеки|bir dakika|erişim engellendi|güvenlik doğrulaması|"
    r"لحظة (?:من فضلك|واحدة)|تم رفض الوصول|الوصول مرفوض|التحقق من الأمان|دسترسی (?:غیر ?مجاز|مسدود|رد شد)|یک لحظه|لطفا صبر کنید|"
    r"רק רגע|הגישה נדחתה|אימות אבטחה|请稍候|访问被拒绝|安全验证|人机验证|請稍候|存取遭拒|しばらくお待ちください|アクセスが拒否|セキュリティ(?:の)?確認|"
    r"잠시만 기다려|액세스 거부|접근이 (?:거부|차단)|ett ögonblick|åtkomst nekad|et øjeblik|adgang nægtet)",
    re.IGNORECASE,
)
_SCRIPTS_WANTED = re.compile(
    r"(?:enable|turn on|allow|requires?|needs?|activate) (?:java ?script|js|cookies)|(?:java ?script|cookies) (?:is|are|and cookies are)? ?"
    r"(?:required|disabled|not enabled|must be enabled|turned off|deaktiviert|nicht aktiviert)|without javascript|"
    r"(?:aktivieren sie|bitte) (?:java ?script|cookies)|javascript aktivieren|activ(?:er|ez) (?:le )?(?:java ?script|les cookies)|"
    r"(?:activ[ae]|habilit[ae]r?) (?:el )?(?:java ?script|las cookies)|attiva(?:re)? javascript|ativ(?:e|ar) o javascript|"
    r"javascript in(?: te)? ?schakelen|schakel javascript|włącz(?:yć)? (?:obsługę )?javascript|включите (?:поддержку )?javascript|"
    r"увімкніть javascript|javascript'?i? (?:etkinleştir|açın)|تفعيل (?:java ?script|جافا)|(?:javascript|جاوا ?اسکریپت).{0,40}فعال|"
    r"הפעל(?:ת|ו)? (?:את )?javascript|(?:启用|開啟|啟用|开启) ?javascript|javascript ?(?:を有効|가? ?(?:활성화|필요))|aktivera javascript|"
    r"(?:verify|confirm|prove) (?:that )?you(?:'re| are) (?:not a (?:ro)?bot|(?:a )?human)|checking (?:if the site connection is secure|your browser)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"before you continue(?: to)?|we (?:value|care about|respect) your privacy|your privacy(?: choices| is important| matters)?|cookie consent|"
    r"consent (?:form|management|preferences)|manage (?:your )?(?:cookies|consent|preferences|privacy)|privacy (?:settings|gate|preferences)|"
    r"accept (?:all|and continue|& continue|all cookies|cookies)|reject all|store and/or access information on a device|(?:our|and our|with our) (?:\d+ )?partners|"
    r"pay or (?:okay|consent)|continue with (?:ads|advertising)|datenschutz-?\s?einstellungen|zustimmung|einwilligung|alle (?:cookies )?akzeptieren|"
    r"(?:weiter|weiterlesen|nutzen|lesen) mit werbung|mit werbung (?:weiter|nutzen|weiterlesen)|werbefrei|pur-?abo|contentpass|privatsphäre|"
    r"paramètres de confidentialité|gestion des cookies|tout accepter|accepter et (?:continuer|fermer)|continuer sans accepter|nous respectons votre (?:vie privée|confidentialité)|"
    r"respetamos (?:tu|su) privacidad|aceptar y continuar|aceptar todo|gestionar (?:las )?cookies|(?:rifiuta|accetta) e (?:continua|abbonati)|accetta tutto|"
    r"la tua privacy|rispettiamo la tua privacy|aceitar (?:tudo|e continuar)|a sua privacidade|alles accepteren|jouw privacy|akkoord|cookievoorkeuren|"
    r"cenimy (?:twoją )?prywatność|szanujemy (?:twoją )?prywatność|zgadzam się|przejdź do serwisu|принять (?:все|и продолжить)|файлов cookie|прийняти всі|"
    r"çerez(?:leri)? (?:kabul|tercih)|gizliliğinize|godkänn alla|vi bryr oss om din integritet|accepter alle|hyväksy kaikki|قبول (?:الكل|جميع)|"
    r"אישור (?:כל )?העוגיות|すべて(?:の cookie を)?(?:許可|同意)|모두 동의|全部接受|接受所有",
    re.IGNORECASE,
)
_CONSENT_TITLE = re.compile(
    r"before you continue|we (?:value|care about|respect) your privacy|your privacy choices|cookie consent|consent (?:form|management)|manage (?:your )?(?:cookies|consent)|"
    r"privacy (?:settings|gate)|datenschutz-?\s?einstellungen|(?:ihre )?(?:zustimmung|einwilligung)|paramètres de confidentialité|gestion des cookies|"
    r"accept (?:all )?cookies|alle cookies akzeptieren|tout accepter|privacidad|la tua privacy|jouw privacy|prywatność",
    re.IGNORECASE,
)
_CONSENT_URL = re.compile(
    r"^https?://(?:consent|cmp|myprivacy|privacy-?gate|guce)\.|/(?:consent|collectconsent|privacy-?gate|cookie-?wall)(?:[/?.]|$)",
    re.IGNORECASE,
)
_LOGIN_TITLE = re.compile(
    r"(?:please )?(?:log ?in|sign ?in|login|log on)(?: to (?:your account|continue|read)| \|.*| - .*|$)|member login|subscriber (?:log ?in|only)|create (?:a free |an )?account|"
    r"(?:bitte )?(?:anmelden|anmeldung|einloggen)\b|jetzt anmelden|se connecter|connexion|connectez-vous|identifiez-vous|iniciar sesi[óo]n|inicia sesi[óo]n|identif[ií]cate|"
    r"acced[ei]|accesso(?: utente)?$|iniciar sess[ãa]o|fazer login|entrar$|inloggen|log in om|zaloguj(?: się)?|logowanie|войти|вход(?: на сайт| в систему)?$|авторизация|"
    r"увійти|вхід$|giriş (?:yap|yapın)|üye girişi|تسجيل الدخول|ورود(?: به (?:سایت|حساب|سامانه))?$|התחברות|כניסה (?:לאתר|למנויים|לחשבון)|登录|登入|登錄|ログイン|로그인|logga in|log ind|logg inn|kirjaudu",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"<input\b[^>]{0,300}?type\s*=\s*[\"']?password", re.IGNORECASE)
_NOT_THERE = re.compile(
    r"^(?:error |http |oops!? )?40[34]\b|\b404\b.{0,30}(?:error|not|page|seite|fehler)|(?:error|fehler|erreur|oops|ошибка|hata|خطا(?:ی)?|שגיאה) ?:? ?404|"
    r"(?:page|file|article|story|content|document|url|post|that)(?: you(?:'re| are)? (?:were )?(?:looking for|requested)| requested)? (?:was |is |could |can ?)?(?:not|n't|never) (?:be )?(?:found|available)|^(?:oops\W+)?not found\b|"
    r"page (?:is )?(?:missing|unavailable|gone)|(?:page|article|story).{0,40}(?:does not|doesn.t|no longer) exists?|no longer (?:available|exists)|nothing (?:was )?found$|"
    r"(?:seite|artikel|inhalt|dokument).{0,40}nicht (?:gefunden|mehr verfügbar|vorhanden)|page (?:introuvable|non trouvée)|(?:page|article).{0,40}n.existe (?:pas|plus)|introuvable$|"
    r"(?:página|p[áa]gina|contenido|artículo).{0,40}no (?:se )?(?:ha sido |ha podido ser |existe|encontrad[ao]|está disponible)|p[áa]gina n[ãa]o (?:encontrada|existe)|n[ãa]o (?:foi )?encontrad[ao]|"
    r"pagina.{0,30}non (?:trovata|esiste|è stata trovata)|pagina.{0,30}(?:niet gevonden|bestaat niet)|(?:strony?|artykuł).{0,30}nie (?:znaleziono|istnieje|została? znalezion)|nie znaleziono (?:strony|artykułu)|"
    r"страница.{0,30}не (?:найдена|существует)|запрашиваем\w+ (?:страниц|материал)\w*|сторінк[ау].{0,30}не (?:знайдено|існує)|страницата не|"
    r"الصفحة.{0,30}(?:غير موجودة|لم يتم العثور)|صفحه.{0,40}(?:یافت نشد|پیدا نشد|موجود نیست|وجود ندارد)|(?:הדף|העמוד|הכתבה).{0,30}(?:לא נמצא|אינו קיים|לא קיים)|"
    r"sayfa.{0,30}bulunama|aradığınız (?:sayfa|içerik)|(?:页面|頁面|文章|网页|網頁).{0,12}(?:不存在|找不到|未找到|已删除|已刪除)|找不到(?:页面|頁面|网页|網頁)|お探しのページ|ページが見つかりません|"
    r"페이지를 찾을 수 없|sidan (?:kunde inte hittas|finns inte|hittades inte)|siden (?:blev ikke fundet|findes ikke|finnes ikke)|sivua ei (?:löytynyt|löydy)|stránk[au].{0,20}(?:nenalezena|neexistuje|nebyla nalezena)|"
    r"oldal nem található|η σελίδα.{0,30}δεν (?:βρέθηκε|υπάρχει)|pagina nu (?:a fost găsită|există)|stranica nije pronađena|không tìm thấy trang|halaman tidak ditemukan",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"<(script|style|template|svg|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_RELOADS = re.compile(
    r"location\.(?:reload|replace|href|assign)|window\.location\s*=|http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE
)


def wall_of_page(
    titles: Sequence[str], body: str, html: str, url: str = "", *, is_article: bool = False
) -> Wall | None:
    """What a page is that stands in for another, None where it is itself.

    `titles` are its headline and other forms of it, `body` the text that was found in it, `html` its source.
    `is_article`: the page calls itself an article; then only a text that is nothing but a consent form counts. Nothing is
    said of a page with 1,200 characters of text or more.
    """
    if len(body) >= SMALL_CHARS:
        return None
    asks = {found[0].lower() for found in _CONSENT_WORDS.finditer(body)}
    if is_article:
        return _CONSENT_WALL if len(asks) >= 3 else None  # noqa: PLR2004
    shown = seen_text(html[:_MAX_HTML_CHARS])
    heads = [title.strip() for title in titles if title and len(title) <= _TITLE_CHARS]
    return (
        _challenge(heads, body, html[:_MAX_HTML_CHARS], shown)
        or _consent_form(heads, body, shown, url, asks)
        or _login(heads, body, html[:_MAX_HTML_CHARS], shown)
        or _soft_404(heads, body)
    )


def wall_of_html(html: str, url: str = "") -> Wall | None:
    """The same of a page that was not read as an article: by its title and all that it shows."""
    head = html[:_MAX_HTML_CHARS]
    titles = [entities.unescape(found).strip() for found in _TITLES.findall(head)]
    return wall_of_page([_TAG.sub(" ", title).strip() for title in titles[:3]], seen_text(head), html, url)


_TITLES = re.compile(r"<(?:title|h1)\b[^>]*>(.{1,300}?)</(?:title|h1)\s*>", re.IGNORECASE | re.DOTALL)


def seen_text(html: str) -> str:
    """Roughly what a reader sees of a page's source."""
    return " ".join(entities.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", html))).split())


def _challenge(titles: Sequence[str], body: str, html: str, shown: str) -> Wall | None:
    if len(shown) > _BARE_CHARS:
        return None
    for service, signs in _SOURCES:
        if any(sign in html for sign in signs):
            return Wall(reason=CHALLENGE, detail=f"The page is a wall against robots, by {service}.")
    title = next((title for title in titles if _CHALLENGE_TITLE.match(title)), None)
    if title:
        return Wall(reason=CHALLENGE, detail=f"The page is a wall against robots: “{title}”.")
    if _SCRIPTS_WANTED.search(shown) and len(body) < _NOTHING_CHARS + 100:
        return Wall(reason=CHALLENGE, detail="The page wants scripts or cookies before it shows anything.")
    if len(shown) < _NOTHING_CHARS and any(sign in html for sign in _CAPTCHAS):
        return Wall(reason=CHALLENGE, detail="The page holds a captcha and nothing else.")
    return _cookie_test(html) if len(shown) < _NOTHING_CHARS else None


def _cookie_test(html: str) -> Wall | None:
    if "document.cookie" in html and _RELOADS.search(html):
        return Wall(reason=CHALLENGE, detail="The page sets a cookie by script and loads itself again.")
    return None


def _consent_form(titles: Sequence[str], body: str, shown: str, url: str, asks: set[str]) -> Wall | None:
    by_title = any(_CONSENT_TITLE.search(title) for title in titles)
    at_top = _CONSENT_WORDS.search(body[:200]) is not None
    in_all = len({found[0].lower() for found in _CONSENT_WORDS.finditer(shown)}) if len(shown) < 4 * SMALL_CHARS else 0
    if (by_title and (asks or at_top or not body)) or (at_top and len(asks) >= 2):  # noqa: PLR2004
        return _CONSENT_WALL
    if in_all >= 2 and (_CONSENT_URL.search(url) or by_title or (len(body) < _NOTHING_CHARS and in_all >= 3)):  # noqa: PLR2004
        return _CONSENT_WALL
    return None


_CONSENT_WALL = Wall(reason=CONSENT, detail="The page is a consent form, not the article behind it.")


def _login(titles: Sequence[str], body: str, html: str, shown: str) -> Wall | None:
    title = next((title for title in titles if _LOGIN_TITLE.match(title)), None)
    has_password = _PASSWORD.search(html) is not None
    if title and (has_password or len(body) < _NOTHING_CHARS):
        return Wall(reason=LOGIN, detail=f"The page is a log-in form: “{title}”.")
    if has_password and len(shown) < _BARE_CHARS and len(body) < _NOTHING_CHARS:
        return Wall(reason=LOGIN, detail="The page is a log-in form: it asks for a password and says little else.")
    return None


def _soft_404(titles: Sequence[str], body: str) -> Wall | None:
    said = next((title for title in titles if _NOT_THERE.search(title)), None)
    if said is None and len(body) < SMALL_CHARS // 2:
        first = body[:160]
        said = first[:_TITLE_CHARS] if _NOT_THERE.search(first) else None
    return Wall(reason=GONE, detail=f"The page says that there is nothing here: “{said}”.") if said else None
