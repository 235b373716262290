"""Pages of our own making that stand where an article should be, and articles that only look like them."""

from __future__ import annotations

import gzip
import json

import pytest

from crawler.discovery.read import discover
from crawler.extract.article import extract_article
from storage.records import Outlet, Reason, SourceKind

MENU = "<nav>" + "".join(f'<a href="/{n}">Section {n}</a> ' for n in range(9)) + "</nav>"
FOOT = "<footer>All rights reserved.</footer>"
TEXT = "".join(
    f"<p>The ministry said on Monday that the talks would go on through the week, and that the two sides had drawn closer on "
    f"question {n} than at any time since the spring. Officials who took part spoke of a long night.</p>"
    for n in range(8)
)


def page(title, body, head=""):
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


CHALLENGES = {
    "Cloudflare": page("Example", "<div>Checking</div><script>window._cf_chl_opt={cType:'managed'}</script>"),
    "DataDome": page("example.com", "<p>One look</p><script src='https://ct.captcha-delivery.com/c.js'></script>"),
    "PerimeterX": page("example.com", "<div id='px-captcha'></div>"),
    "Akamai": page("Sorry", "<p>Reference #18.2</p><p>https://errors.edgesuite.net/18.2</p>"),
    "Imperva": page("", "<iframe src='/_Incapsula_Resource?SWUDNSAI=31'></iframe>"),
    "Sucuri": page("Redirecting", "<p>Wait</p><script>var s='';sucuri_cloudproxy_js=1</script>"),
    "DDoS-Guard": page("Example", "<p>Look</p><script src='/.well-known/ddos-guard/check'></script>"),
    "AWS WAF": page("", "<script>window.gokuProps = {}</script><div>One moment</div>"),
    "Kasada": page("", "<script>window.KPSDK={};</script><script src='/149/ips.js?x=1'></script>"),
    "Anubis": page("Example", "<p>Look</p><script id='anubis_challenge' type='application/json'>{}</script>"),
    "a cookie test of a host": page("", "<script src='/aes.js'></script><script>slowAES.decrypt(a)</script>"),
    "a captcha and nothing else": page("example.com", "<div class='g-recaptcha'></div>"),
    "a cookie by script": page("", "<script>document.cookie='a=1';location.reload()</script>"),
    "its title in English": page("Just a moment...", "<p>example.com</p>"),
    "its title in German": page("Einen Moment bitte", "<p>example.com</p>"),
    "its title in Russian": page("Доступ ограничен", "<p>example.com</p>"),
    "its title in Persian": page("دسترسی غیرمجاز", "<p>example.com</p>"),
    "its title in Hebrew": page("רק רגע", "<p>example.com</p>"),
    "its title in Chinese": page("安全验证", "<p>example.com</p>"),
    "scripts wanted, in English": page("Example", "<p>Please enable JavaScript to continue to this site.</p>"),
    "scripts wanted, in German": page("Beispiel", "<p>Bitte JavaScript aktivieren, um fortzufahren.</p>"),
    "scripts wanted, in Russian": page("Пример", "<p>Включите JavaScript, чтобы продолжить.</p>"),
    "scripts wanted, in Arabic": page("مثال", "<p>يرجى تفعيل JavaScript للمتابعة.</p>"),
}
CONSENTS = {
    "before you continue": page("Before you continue", "<p>We use cookies to deliver and maintain services.</p><button>Reject all</button><button>Accept all</button>"),
    "a pur wall": page("Beispiel-Zeitung", "<p>Mit Werbung weiterlesen oder werbefrei lesen im Pur-Abo. Mit Ihrer Zustimmung setzen wir Cookies.</p>"),
    "a French one": page("Exemple", "<p>Nous respectons votre vie privée. Tout accepter. Continuer sans accepter.</p>"),
    "an Italian one": page("Esempio", "<p>Rispettiamo la tua privacy. Accetta e continua oppure rifiuta e abbonati.</p>"),
    "a Spanish one": page("Ejemplo", "<p>Respetamos tu privacidad. Aceptar y continuar. Gestionar cookies.</p>"),
    "a Polish one": page("Przykład", "<p>Szanujemy Twoją prywatność. Zgadzam się. Przejdź do serwisu.</p>"),
    "in an article's frame": page(
        "Talks go on",
        "<article><h1>Talks go on</h1><p>We and our 842 partners store and/or access information on a device. We value your privacy. "
        "Accept all or manage your consent.</p></article>",
        '<meta property="og:type" content="article">',
    ),
}  # fmt: skip
LOGINS = {
    "a form": page("Log in", MENU + "<form><input name=u><input type='password'></form>" + FOOT),
    "German": page("Anmelden", "<form><p>E-Mail</p><input type=password></form>"),
    "French": page("Se connecter", "<p>Pour lire la suite</p><input type='password'>"),
    "Spanish": page("Iniciar sesión", "<input type=password>"),
    "Russian": page("Войти", "<input type=password>"),
    "Persian": page("ورود به سایت", "<input type=password>"),
    "Hebrew": page("התחברות", "<input type=password>"),
    "Japanese": page("ログイン", "<input type=password>"),
    "a password and nothing else": page("Example Times", "<form><input type='email'><input type='password'></form>"),
}
NOT_THERE = {
    "English": page("Page not found", "<h1>Page not found</h1><p>Try the search or go to the front page.</p>"),
    "a number": page("404 - Example", "<p>Nothing to see.</p>"),
    "in the text only": page("Example Times", "<p>The page you are looking for was not found. Try the search.</p>"),
    "an article taken down": page("Example", "<h1>This article is no longer available</h1><p>Sorry.</p>"),
    "German": page("Seite nicht gefunden", "<p>Zur Startseite</p>"),
    "French": page("Page introuvable", "<p>Retour</p>"),
    "Spanish": page("Página no encontrada", "<p>Volver</p>"),
    "Italian": page("Pagina non trovata", "<p>Torna</p>"),
    "Portuguese": page("Página não encontrada", "<p>Voltar</p>"),
    "Dutch": page("Pagina niet gevonden", "<p>Terug</p>"),
    "Polish": page("Strona nie istnieje", "<p>Wróć</p>"),
    "Russian": page("Страница не найдена", "<p>На главную</p>"),
    "Arabic": page("الصفحة غير موجودة", "<p>العودة</p>"),
    "Persian": page("صفحه مورد نظر یافت نشد", "<p>بازگشت</p>"),
    "Hebrew": page("הדף המבוקש לא נמצא", "<p>חזרה</p>"),
    "Turkish": page("Aradığınız sayfa bulunamadı", "<p>Ana sayfa</p>"),
    "Chinese": page("页面不存在", "<p>返回</p>"),
    "Japanese": page("お探しのページは見つかりません", "<p>戻る</p>"),
}
KINDS = (
    (Reason.CHALLENGE, CHALLENGES), (Reason.CONSENT, CONSENTS), (Reason.LOGIN, LOGINS), (Reason.GONE, NOT_THERE),
)  # fmt: skip
CASES = {f"{reason.value}: {name}": (reason, html) for reason, pages in KINDS for name, html in pages.items()}


@pytest.mark.parametrize(("reason", "html"), CASES.values(), ids=CASES.keys())
def test_what_stands_there_instead_is_told(reason, html):
    read = extract_article(html.encode(), url="https://example.com/2026/11/talks-go-on", content_type="text/html")
    assert (read.rejected_as, bool(read.rejected)) == (reason, True)


ARTICLES = {
    "one that a service watches": page("Talks go on", TEXT + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
    "one of a site that shows a banner": page("Talks go on", TEXT + "<div>We value your privacy. Accept all. Reject all. Manage consent.</div>"),
    "one with a log-in box": page("Talks go on", MENU + TEXT + "<form>Log in <input type=password></form>"),
    "one about a wall": page("Access denied: how outlets keep robots off", TEXT),
    "one about what is missing": page("404 days after the crash the aircraft is not found", TEXT),
    "one about consent": page("Consent management is the next battle", TEXT),
    "one with a captcha under it": page("Talks go on", TEXT + "<div class='g-recaptcha'></div>"),
    "one that says that scripts are off": page("Talks go on", "<noscript>Please enable JavaScript</noscript>" + TEXT),
    "a short one that says what it is": page(
        "Just a moment: minister asks for time",
        "<article><h1>Just a moment: minister asks for time</h1><p>The minister asked for a moment on Monday. More follows when she has spoken to the press in the afternoon.</p></article>",
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Just a moment: minister asks for time"}</script>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("html", ARTICLES.values(), ids=ARTICLES.keys())
def test_an_article_is_no_wall(html):
    read = extract_article(html.encode(), url="https://example.com/2026/11/talks-go-on", content_type="text/html")
    assert (read.rejected_as, read.rejected) == (None, None)


OUTLET = Outlet(key="x", name="X", home_url="https://example.com/")


@pytest.mark.parametrize("kind", list(SourceKind)[:3])
def test_a_source_behind_a_wall_is_told_as_that(kind):
    for reason, html in ((Reason.CHALLENGE, CHALLENGES["Cloudflare"]), (Reason.CONSENT, CONSENTS["a French one"]), (Reason.LOGIN, LOGINS["a form"])):  # fmt: skip
        found = discover(kind, html.encode(), url="https://example.com/feed", content_type="text/html", outlet=OUTLET)
        assert (found.wall, found.candidates) == (reason, ())


def test_a_web_page_where_a_feed_should_be_is_no_wall():
    html = page("Example Times", MENU + TEXT).encode()
    found = discover(SourceKind.FEED, html, url="https://example.com/feed", content_type="text/html", outlet=OUTLET)
    assert (found.wall, found.problem) == (None, "an HTML page, not a feed")


WALLS = {Reason.CHALLENGE, Reason.CONSENT, Reason.LOGIN, Reason.GONE}


@pytest.mark.shared
@pytest.mark.parametrize("one_in", [25, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_no_real_article_is_taken_for_a_wall(shared, one_in):
    taken, count = [], 0
    for index in sorted((shared / "pages").glob("*.jsonl")):
        for line in index.read_text().splitlines()[::one_in]:
            row = json.loads(line)
            body = gzip.decompress((shared / "pages" / row["html"]).read_bytes())
            count += 1
            read = extract_article(body, url=row["url"] or "https://example.com/")
            if read.rejected_as in WALLS:
                taken.append((row["id"], row["url"], read.rejected))
    assert len(taken) <= 0.002 * count, taken
