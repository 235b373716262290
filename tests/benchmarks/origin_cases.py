"""Pages of copies that say where they were published first, in the ways that publishers use, in eight languages.

Each case is a whole page, so that what is measured is the reading of the page, the claim and the decision together.
The texts are real ones of the shared pages where there are some in the language, else written here.
"""

from __future__ import annotations

import html
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.records import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginCase:
    """One copy and the two outlets in question; `expected` is the key of the party that its page names."""

    kind: str
    language: str
    rank: int
    original: Outlet
    copier: Outlet
    text: tuple[str, ...]
    page: str
    url: str
    expected: str
    feed_source: str | None = None


def outlet(key: str, name: str, host: str, *aliases: str) -> Outlet:
    """An outlet by name and host."""
    return Outlet(key=key, name=name, home_url=f"https://{host}/", aliases=aliases)


OUTLETS = {
    "en": (
        outlet("jpost", "The Jerusalem Post", "www.jpost.com", "JPost", "Jerusalem Post"),
        outlet("guardian", "The Guardian", "www.theguardian.com", "Guardian"),
        outlet("harbour", "Harbour Gazette", "www.harbourgazette.test"),
    ),
    "de": (
        outlet("sz", "Süddeutsche Zeitung", "www.sueddeutsche.test", "SZ.de"),
        outlet("standard-at", "Der Standard", "www.derstandard.test"),
        outlet("taz", "taz", "taz.test", "die tageszeitung"),
    ),
    "fr": (
        outlet("lemonde", "Le Monde", "www.lemonde.test"),
        outlet("olj", "L'Orient-Le Jour", "www.lorientlejour.test"),
        outlet("ouest", "Ouest-France", "www.ouest-france.test"),
    ),
    "es": (
        outlet("elpais", "El País", "elpais.test"),
        outlet("nacion", "La Nación", "www.lanacion.test"),
    ),
    "ar": (
        outlet("aawsat", "الشرق الأوسط", "aawsat.test", "صحيفة الشرق الأوسط"),
        outlet("quds", "القدس العربي", "www.alquds.test"),
    ),
    "fa": (
        outlet("hammihan", "هم‌میهن", "hammihan.test", "روزنامه هم‌میهن"),
        outlet("sharq", "شرق", "www.sharghdaily.test", "روزنامه شرق"),
    ),
    "he": (
        outlet("haaretz-he", "הארץ", "www.haaretz.test", "עיתון הארץ"),
        outlet("maariv", "מעריב", "www.maariv.test"),
    ),
    "ru": (
        outlet("kommersant", "Коммерсантъ", "www.kommersant.test"),
        outlet("novaya", "Новая газета", "novayagazeta.test"),
    ),
}  # fmt: skip
COPIERS = {
    language: outlet(f"copier-{language}", name, f"www.copier-{language}.test")
    for language, name in {
        "en": "Coast Digest", "de": "Küstenblick", "fr": "Courrier du Littoral", "es": "Diario de la Costa",
        "ar": "مرآة الساحل", "fa": "آینه ساحل", "he": "ראי החוף", "ru": "Береговое обозрение",
    }.items()
}  # fmt: skip

#: Closing lines that name the place of first publication.
LINES = {
    "en": (
        "{o}", "Source: {o}", "Via {o}", "(Source: {o})", "— {o}", "Courtesy: {o}",
        "This article was first published by {o}.", "This story originally appeared in {o}.",
        "This article originally appeared on {o} and is republished here with permission.",
        "Republished with permission from {o}.", "Originally published at {o}", "First published in {o} on 9 May 2026.",
        "This article is republished from {o} under a Creative Commons license.", "Cross-posted from {o}.",
        "The post The harbour opens appeared first on {o}.", "Read the original article at {o}.",
    ),
    "de": (
        "Quelle: {o}", "Dieser Artikel erschien zuerst bei {o}.", "Dieser Text ist zuerst in {o} erschienen.",
        "Zuerst veröffentlicht auf {o}.", "Mit freundlicher Genehmigung von {o}.",
    ),
    "fr": (
        "Source : {o}", "Cet article a été publié initialement dans {o}.", "Article paru d'abord dans {o}.",
        "Cet article est repris de {o} avec son aimable autorisation.",
    ),
    "es": (
        "Fuente: {o}", "Este artículo fue publicado originalmente en {o}.", "Publicado originalmente por {o}.",
        "Artículo publicado por primera vez en {o}.",
    ),
    "ar": ("المصدر: {o}", "نقلاً عن {o}", "المصدر : {o}", "نشر هذا المقال أولاً في {o}.", "نُشر هذا التقرير في {o}."),
    "fa": ("منبع: {o}", "به نقل از {o}", "منبع : {o}", "این مطلب نخستین بار در {o} منتشر شده است.", "برگرفته از {o}"),
    "he": ("מקור: {o}", "המאמר פורסם לראשונה ב{o}.", "הכתבה פורסמה במקור ב{o}.", "באדיבות {o}"),
    "ru": ("Источник: {o}", "Впервые опубликовано в {o}.", "Оригинал статьи опубликован на сайте {o}.", "По материалам {o}"),
}  # fmt: skip
BYLINES = {
    "en": ("By {o} Staff", "By Jane Roe, {o}", "By {o}", "Jane Roe | {o}"),
    "de": ("Von {o}", "Von Anna Müller, {o}"),
    "fr": ("Par {o}", "Par Jeanne Roux, {o}"),
    "es": ("Por {o}",),
    "ar": ("{o}",), "fa": ("{o}",), "he": ("מאת: {o}",), "ru": ("{o}",),
}  # fmt: skip
#: (lead, key of the agency)
DATELINES = {
    "en": (
        ("LONDON (Reuters) - ", "reuters"), ("LONDON, May 9 (Reuters) — ", "reuters"), ("BEIRUT (AP) — ", "ap"),
        ("PARIS: (AFP) ", "afp"), ("ANKARA (AA) - ", "anadolu"), ("SEOUL, May 9 (Yonhap) -- ", "yonhap"),
        ("DAMASCUS, SANA- ", "sana"), ("NEW DELHI: PTI - ", "pti"),
    ),
    "de": (("Berlin (dpa) - ", "dpa"), ("Wien (APA/dpa) – ", "apa"), ("Bern (sda) ", "keystone-sda"), ("Rom (KNA) ", "kna")),
    "fr": (("Paris (AFP) - ", "afp"), ("BEYROUTH, 9 mai 2026 (AFP) - ", "afp"), ("Genève (ATS). ", "keystone-sda")),
    "es": (("Madrid, 9 may (EFE).- ", "efe"), ("MADRID, 9 May. (EUROPA PRESS) - ", "europa-press"), ("LIMA (AP) — ", "ap")),
    "ar": (
        ("بيروت - رويترز: ", "reuters"), ("القاهرة (رويترز) - ", "reuters"), ("واشنطن - أ ف ب: ", "afp"),
        ("(أ.ف.ب) - ", "afp"), ("أنقرة / الأناضول - ", "anadolu"), ("رام الله - وفا - ", "wafa"), ("دمشق-سانا ", "sana"),
        ("عمان (بترا) - ", "petra"),
    ),
    "fa": (
        ("به گزارش ایسنا، ", "isna"), ("به گزارش خبرگزاری تسنیم، ", "tasnim"), ("تهران (ایرنا) - ", "irna"),
        ("به نقل از رویترز، ", "reuters"), ("تهران- ایرنا- ", "irna"), ("به گزارش خبرنگار مهر، ", "mehr"),
    ),
    "he": (("לונדון (רויטרס) - ", "reuters"), ("(איי.פי) - ", "ap")),
    "ru": (("МОСКВА, 9 мая. /ТАСС/. ", "tass"), ("МОСКВА, 9 мая - РИА Новости. ", "ria"), ("Киев. 9 мая. ИНТЕРФАКС-УКРАИНА - ", "interfax-ukraine")),
}  # fmt: skip
SIGN_OFFS = {
    "en": ((" (Reuters)", "reuters"), (" – AFP", "afp"), ("\n(AP)", "ap")),
    "de": ((" (dpa)", "dpa"), (" (dpa/AFP)", "dpa"), ("\ndpa", "dpa"), ("\n© dpa-infocom, dpa:260509-99-1/2", "dpa")),
    "fr": ((" (AFP)", "afp"), ("\nAvec AFP", None), (" (ats)", "keystone-sda")),
    "es": ((" EFE", "efe"), (" (EFE)", "efe")),
    "ar": (("\n(رويترز)", "reuters"), ("\nالمصدر: وكالات", None)),
    "fa": (("\nانتهای پیام/ایسنا", None),),
    "he": ((" (רויטרס)", "reuters"),),
    "ru": ((" (Интерфакс)", "interfax"),),
}  # fmt: skip
WRITTEN = {
    "en": "The northern quay opened again on Saturday after eleven days without a single ship.|The pilots had asked for rest between shifts that lasted longer than a whole day.|The ministry gave way after three nights of talks behind closed doors in the old town.|Forty ships were lying outside of the harbour, and most of them carried nothing but grain.|The insurers do not intend to lower what they take before the summer begins.",
    "de": "Der nördliche Kai wurde am Samstag nach elf Tagen Stillstand wieder für Schiffe geöffnet.|Die Lotsen hatten Ruhezeiten zwischen Schichten verlangt, die länger als einen Tag dauerten.|Das Ministerium gab nach drei Nächten voller Gespräche hinter verschlossenen Türen nach.|Vierzig Schiffe lagen vor dem Hafen, und die meisten von ihnen hatten Getreide geladen.|Die Versicherer wollen ihre Preise vor dem Beginn des Sommers nicht wieder senken.",
    "fr": "Le quai nord a rouvert samedi après onze jours pendant lesquels aucun navire n’est entré.|Les pilotes demandaient du repos entre des services qui duraient plus d’une journée entière.|Le ministère a cédé après trois nuits de discussions tenues à huis clos dans la vieille ville.|Quarante navires attendaient devant le port, et la plupart étaient chargés de céréales.|Les assureurs n’ont pas l’intention de baisser leurs tarifs avant le début de l’été.",
    "ar": "ارتفعت أسعار القمح في الميناء للأسبوع الثاني على التوالي بسبب الإغلاق.|وقال تجار إن السفن تنتظر في عرض البحر منذ أيام طويلة دون جدوى.|وأكدت الوزارة أن المحادثات مع المرشدين البحريين ستستمر ليلة أخرى.|وينتظر السكان أن تعود الحركة إلى طبيعتها قبل نهاية الشهر الجاري.|وتقول شركات التأمين إنها لن تخفض أسعارها قبل حلول الصيف المقبل.",
    "fa": "بازرگانان می‌گویند هزینه توقف کشتی‌ها در بندر شمالی دو برابر شده است.|وزیر راه گفت گفت‌وگو با راهنمایان دریایی سه شب به درازا کشیده است.|چهل کشتی بیرون از بندر لنگر انداخته‌اند و بیشتر آن‌ها بار گندم دارند.|بیمه‌گران نرخ بیمه را یک پنجم بالا برده‌اند و تا تابستان پایین نمی‌آورند.|شهردار از کارکنان بندر برای شکیبایی آنان سپاسگزاری کرد.",
    "he": "הרציף הצפוני נפתח מחדש בשבת אחרי אחד עשר ימים של השבתה מלאה.|הנתבים דרשו שעות מנוחה בין המשמרות שנמשכו לעתים יותר מיממה.|משרד התחבורה ויתר אחרי שלושה לילות של שיחות בדלתיים סגורות.|ארבעים אוניות המתינו מחוץ לנמל ורובן היו עמוסות בחיטה.|חברות הביטוח אינן מתכוונות להוריד את המחירים לפני הקיץ.",
    "ru": "Северный причал снова открылся в субботу после одиннадцати дней простоя.|Лоцманы требовали отдыха между сменами, которые длились больше суток.|Министерство уступило после трёх ночей переговоров за закрытыми дверями.|Сорок судов стояли на рейде, и большинство из них были с зерном.|Страховщики не собираются снижать ставки раньше лета.",
    "es": "El muelle del norte volvió a abrir el sábado después de once días de paro.|Los prácticos pedían descanso entre turnos que duraban más de un día entero.|El ministerio cedió después de tres noches de conversaciones a puerta cerrada.|Cuarenta barcos esperaban fuera del puerto, casi todos cargados de trigo.|Las aseguradoras no piensan bajar los precios antes del verano.",
}


def cases(texts: dict[str, Sequence[tuple[str, ...]]], seed: int = 7) -> Iterator[OriginCase]:
    """All cases; `texts` are paragraphs of real articles by language, those written here stand in where none are."""
    some = random.Random(seed)
    for language, originals in OUTLETS.items():
        known = texts.get(language) or [tuple(WRITTEN[language].split("|"))]
        copier = COPIERS[language]
        for number, original in enumerate(originals):
            text = some.choice(known)
            make = _Maker(language, original, copier, text, number)
            yield from make.declared()
            yield from make.named()
            if number == 0:
                yield from make.of_agencies()


@dataclass(frozen=True, slots=True)
class _Maker:
    language: str
    original: Outlet
    copier: Outlet
    text: tuple[str, ...]
    number: int

    def declared(self) -> Iterator[OriginCase]:
        """Rank 1: the head of the page, or the feed."""
        address = f"{self.original.home_url}news/2026/05/the-bridge-{self.number}"
        heads = {
            "canonical": f'<link rel="canonical" href="{address}">',
            "isBasedOn": _ld(isBasedOn=address),
            "isBasedOn object": _ld(isBasedOn={"@type": "NewsArticle", "url": address}),
            "syndication-source": f'<meta name="syndication-source" content="{address}">',
            "original-source": f'<meta name="original-source" content="{address}">',
        }
        for kind, head in heads.items():
            yield self._case(kind, 1, self._expected, head=head)
        yield self._case("feed source", 1, self._expected, feed_source=f"{self.original.home_url}rss.xml")
        yield self._case("feed source name", 1, self._expected, feed_source=self.original.name)

    def named(self) -> Iterator[OriginCase]:
        """Rank 2: the text and the byline."""
        names = (self.original.name, *self.original.aliases[:1])
        for line in LINES[self.language]:
            for name in names:
                yield self._case(f"line: {line}", 2, self._expected, last=line.format(o=name))
        for byline in BYLINES[self.language]:
            yield self._case(f"byline: {byline}", 2, self._expected, byline=byline.format(o=self.original.name))
        head = _ld(author={"@type": "Organization", "name": self.original.name})
        yield self._case("json-ld author", 2, self._expected, head=head)

    def of_agencies(self) -> Iterator[OriginCase]:
        """Rank 2: datelines and sign-offs of agencies, none of which is collected."""
        for lead, agency in DATELINES[self.language]:
            yield self._case(f"dateline: {lead}", 2, f"agency:{agency}", first=lead)
        for end, agency in SIGN_OFFS[self.language]:
            if agency is not None:
                yield self._case(f"sign-off: {end}", 2, f"agency:{agency}", end=end)
        for name in ("Reuters", "AFP", "Associated Press"):
            yield self._case(f"agency byline: {name}", 2, _AGENCIES[name], byline=f"By {name}")
            yield self._case(f"agency line: {name}", 2, _AGENCIES[name], last=name)

    @property
    def _expected(self) -> str:
        return f"outlet:{self.original.key}"

    def _case(  # noqa: PLR0917
        self, kind: str, rank: int, expected: str, head: str = "", first: str = "", end: str = "", last: str = "",
        byline: str = "", feed_source: str | None = None,
    ) -> OriginCase:  # fmt: skip
        paragraphs = list(self.text)
        paragraphs[0] = first + paragraphs[0]
        end, _, line = end.partition("\n")
        paragraphs[-1] += end
        closing = [each for each in (line, last) if each]
        body = "".join(f"<p>{html.escape(each)}</p>" for each in (*paragraphs, *closing))
        said = f'<div class="byline">{html.escape(byline)}</div>' if byline else ""
        title = self.text[1][:60]
        page = (
            f'<html lang="{self.language}"><head><title>{html.escape(title)} - {self.copier.name}</title>'
            f'<meta property="og:site_name" content="{self.copier.name}">{head}</head><body><header>{self.copier.name}'
            f"</header><article><h1>{html.escape(title)}</h1>{said}{body}</article><footer>© {self.copier.name}</footer>"
            "</body></html>"
        )
        return OriginCase(
            kind=kind,
            language=self.language,
            rank=rank,
            original=self.original,
            copier=self.copier,
            text=self.text,
            page=page,
            url=f"{self.copier.home_url}2026/05/11/bridge-{self.number}",
            expected=expected,
            feed_source=feed_source,
        )


_AGENCIES = {"Reuters": "agency:reuters", "AFP": "agency:afp", "Associated Press": "agency:ap"}


def _ld(**fields: object) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "The bridge"} | fields
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'
