"""Articles that look alike and are no copies, for `make bench-stories`: moulds of outlets, and events told twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.benchmarks.story_corpus import Original

_PLACES = [
    "Springfield",
    "Ashford",
    "Milton",
    "Greenville",
    "Bristol",
    "Clayton",
    "Dover",
    "Fairview",
    "Georgetown",
    "Hudson",
    "Kingston",
    "Lebanon",
    "Madison",
    "Newport",
    "Oxford",
    "Salem",
    "Troy",
    "Winchester",
    "York",
    "Zurich",
    "Basel",
    "Luzern",
    "Freiburg",
    "Kassel",
    "Bremen",
    "Rostock",
    "Ulm",
    "Trier",
    "Jena",
    "Halle",
    "Lyon",
    "Nantes",
    "Lille",
    "Rennes",
    "Dijon",
    "Brest",
    "Nice",
    "Metz",
    "Pau",
    "Tours",
]
_FIRST = [
    "Anna",
    "Peter",
    "Maria",
    "John",
    "Clara",
    "Hugo",
    "Lena",
    "Omar",
    "Sara",
    "Felix",
    "Rosa",
    "David",
    "Emma",
    "Karl",
    "Nora",
    "Paul",
    "Ruth",
    "Simon",
    "Vera",
    "Walter",
    "Inge",
    "Jules",
    "Marie",
    "Louis",
]
_LAST = [
    "Baker",
    "Fischer",
    "Moreau",
    "Haddad",
    "Novak",
    "Larsen",
    "Weber",
    "Dupont",
    "Rossi",
    "Silva",
    "Meyer",
    "Cohen",
    "Keller",
    "Marsh",
    "Olsen",
    "Petit",
    "Quinn",
    "Reed",
    "Stone",
    "Turner",
    "Urban",
    "Vogel",
    "Wolf",
    "Young",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _person(dice: random.Random) -> str:
    return f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"


def weather(dice: random.Random) -> str:
    place, day = dice.choice(_PLACES), dice.choice(_DAYS)
    high, low, wind, rain = dice.randint(8, 35), dice.randint(-4, 7), dice.randint(3, 60), dice.randint(0, 100)
    sky = dice.choice(["mostly sunny", "cloudy with sunny spells", "overcast", "partly cloudy", "foggy in the morning"])
    return (
        f"The forecast for {place} on {day} calls for {sky} skies with a high near {high} degrees and an overnight low "
        f"around {low} degrees. Winds will blow at {wind} kilometres an hour, with gusts of up to {wind + 12}. The chance "
        f"of rain is {rain} percent. Sunrise is at {dice.randint(5, 7)}:{dice.randint(10, 59)} and sunset at "
        f"{dice.randint(17, 20)}:{dice.randint(10, 59)}.\n\nThe UV index will reach {dice.randint(1, 9)}, so residents of "
        f"{place} are advised to wear sunscreen when they spend time outdoors. Pollen levels are expected to be "
        f"{dice.choice(['low', 'moderate', 'high'])}. Check back for updates, and follow our weather team for the latest "
        f"warnings in the {place} area.\n\nThe record high for the day is {high + 9}, set in {dice.randint(1931, 2020)}."
    )


def wetter(dice: random.Random) -> str:
    place, high = dice.choice(_PLACES), dice.randint(4, 33)
    return (
        f"In {place} bleibt es am {dice.choice(['Montag', 'Dienstag', 'Mittwoch', 'Samstag'])} "
        f"{dice.choice(['heiter', 'bedeckt', 'wechselhaft', 'regnerisch'])}. Die Temperaturen erreichen am Nachmittag "
        f"Höchstwerte um {high} Grad, in der Nacht kühlt es auf {high - dice.randint(5, 12)} Grad ab. Der Wind weht mit "
        f"{dice.randint(5, 45)} Kilometern pro Stunde aus {dice.choice(['Nord', 'Süd', 'West', 'Ost'])}. Die "
        f"Regenwahrscheinlichkeit liegt bei {dice.randint(0, 100)} Prozent.\n\nDie Sonne geht um {dice.randint(5, 8)}."
        f"{dice.randint(10, 59)} Uhr auf und um {dice.randint(17, 21)}.{dice.randint(10, 59)} Uhr unter. Der UV-Index "
        f"beträgt {dice.randint(1, 8)}. Die Daten stammen vom Wetterdienst und werden automatisch verarbeitet, Angaben "
        f"ohne Gewähr."
    )


def obituary(dice: random.Random) -> str:
    name, place = _person(dice), dice.choice(_PLACES)
    last = name.split()[1]
    return (
        f"{name}, {dice.randint(60, 99)}, of {place}, passed away peacefully on {dice.choice(_DAYS)} surrounded by family. "
        f"Born in {dice.choice(_PLACES)} in {dice.randint(1925, 1960)} to {_person(dice)} and {_person(dice)}, "
        f"{last} worked as a {dice.choice(['teacher', 'nurse', 'farmer', 'carpenter', 'librarian', 'bus driver'])} for "
        f"{dice.randint(12, 45)} years and loved {dice.choice(['gardening', 'fishing', 'choir', 'chess', 'baking'])}.\n\n"
        f"{last} is survived by {_person(dice)}, {_person(dice)} and {dice.randint(2, 14)} grandchildren. A funeral service "
        f"will be held at {dice.randint(9, 12)} a.m. on {dice.choice(_DAYS)} at St. {dice.choice(_FIRST)} Church in {place}, "
        f"with burial to follow. In lieu of flowers, the family asks that donations be made to the "
        f"{dice.choice(_PLACES)} hospice. Condolences may be left at the funeral home's website."
    )


def table(dice: random.Random) -> str:
    teams = dice.sample(_PLACES, 10)
    rows = [
        f"{number + 1} {team} {dice.randint(20, 34)} {dice.randint(5, 25)} {dice.randint(0, 9)} {dice.randint(20, 80)}:{dice.randint(20, 70)} {dice.randint(15, 80)}"
        for number, team in enumerate(teams)
    ]
    return (
        f"Standings after matchday {dice.randint(20, 34)}\n\nPos Team Played Won Drawn Goals Points\n\n"
        + "\n\n".join(rows)
        + f"\n\nThe top four teams qualify for the next round, the last two are relegated. The next matchday begins on "
        f"{dice.choice(_DAYS)} at {dice.randint(13, 20)}:30 with {teams[0]} against {teams[5]}."
    )


def match_report(dice: random.Random) -> str:
    home, away = dice.sample(_PLACES, 2)
    goals, other = dice.randint(1, 5), dice.randint(0, 4)
    return (
        f"{home} {goals}, {away} {other}. {_person(dice)} scored in the {dice.randint(3, 44)}th minute as {home} faced "
        f"{away} on {dice.choice(_DAYS)} in front of {dice.randint(800, 9000)} spectators. {_person(dice)} added another "
        f"in the {dice.randint(46, 90)}th minute, and goalkeeper {_person(dice)} made {dice.randint(1, 12)} saves. "
        f"{away}, coached by {_person(dice)}, finished with {dice.randint(2, 19)} shots on goal.\n\n{home} next plays at "
        f"{dice.choice(_PLACES)} on {dice.choice(_DAYS)}, while {away} hosts {dice.choice(_PLACES)}. Statistics are "
        f"provided by the league and this story was generated automatically from them."
    )


def correction(dice: random.Random) -> str:
    return (
        f"Correction: An earlier version of an article published on {dice.choice(_DAYS)} about {_person(dice)} in "
        f"{dice.choice(_PLACES)} misstated the {dice.choice(['age', 'title', 'number of employees', 'date', 'budget'])}: it "
        f"is {dice.randint(12, 9000)}, not {dice.randint(12, 9000)}. The article has been corrected online. We regret the "
        f"error. Readers who find a mistake may write to our standards desk, which looks at every message it gets and "
        f"publishes corrections within {dice.randint(1, 5)} days."
    )


def live_blog(dice: random.Random) -> str:
    begun = dice.randint(6, 9)
    entries = [
        f"{begun + number}:{dice.randint(10, 59)} {_person(dice)} {dice.choice(['says', 'denies', 'expects', 'confirms'])} that "
        f"{dice.randint(2, 900)} {dice.choice(['people', 'houses', 'trains', 'schools', 'soldiers'])} in {dice.choice(_PLACES)} "
        f"are {dice.choice(['affected', 'safe', 'on their way', 'closed', 'without power'])} after "
        f"{dice.choice(['the storm', 'the vote', 'the strike', 'the fire', 'the talks'])} near {dice.choice(_PLACES)}."
        for number in range(8)
    ]
    return (
        "Follow our live coverage of the day's events here. The newest entries stand at the top, all times are local, and "
        "what is not yet confirmed is marked as such.\n\n"
        + "\n\n".join(reversed(entries))
        + "\n\nThank you for following "
        "our live coverage. We will be back tomorrow morning with the latest from our reporters around the country."
    )


def meteo(dice: random.Random) -> str:
    place = dice.choice(_PLACES)
    return (
        f"À {place}, le temps sera {dice.choice(['ensoleillé', 'nuageux', 'pluvieux', 'variable'])} ce "
        f"{dice.choice(['lundi', 'mardi', 'jeudi', 'samedi'])} avec des températures comprises entre {dice.randint(-3, 8)} et "
        f"{dice.randint(9, 34)} degrés. Le vent soufflera à {dice.randint(5, 70)} kilomètres par heure et le risque de pluie "
        f"est estimé à {dice.randint(0, 100)} pour cent.\n\nLe soleil se lèvera à {dice.randint(5, 8)} h {dice.randint(10, 59)} "
        f"et se couchera à {dice.randint(17, 21)} h {dice.randint(10, 59)}. L'indice UV atteindra {dice.randint(1, 9)}. "
        f"Retrouvez toutes les prévisions pour {place} et sa région sur notre site, actualisées chaque heure."
    )


def exchange_ar(dice: random.Random) -> str:
    return (
        f"سجل سعر صرف الدولار اليوم {dice.randint(1000, 9999)} للشراء و{dice.randint(1000, 9999)} للبيع في أسواق مدينة "
        f"{dice.choice(['حلب', 'دمشق', 'بغداد', 'البصرة', 'بيروت', 'عدن', 'الخرطوم'])}، بينما بلغ سعر اليورو {dice.randint(1000, 9999)} "
        f"والليرة التركية {dice.randint(20, 400)}. وبلغ سعر غرام الذهب من عيار واحد وعشرين {dice.randint(10000, 99999)} وعيار ثمانية عشر "
        f"{dice.randint(10000, 99999)}. وتتغير الأسعار على مدار الساعة بحسب العرض والطلب، ويمكن متابعة آخر التحديثات عبر موقعنا "
        f"وصفحاتنا على شبكات التواصل. هذه الأسعار تقريبية وقد تختلف من مدينة إلى أخرى."
    )


def exchange_fa(dice: random.Random) -> str:
    return (
        f"قیمت دلار در بازار امروز {dice.choice(['تهران', 'مشهد', 'تبریز', 'شیراز', 'اهواز', 'رشت'])} به {dice.randint(10000, 99999)} تومان رسید و "
        f"یورو {dice.randint(10000, 99999)} تومان معامله شد. هر گرم طلای هجده عیار {dice.randint(100000, 999999)} تومان و سکه امامی "
        f"{dice.randint(1000000, 9999999)} تومان قیمت خورد. شاخص بورس نیز با {dice.randint(100, 9000)} واحد تغییر در رقم {dice.randint(1000000, 2999999)} "
        f"ایستاد. قیمت‌ها لحظه‌ای است و ممکن است در شهرهای مختلف تفاوت داشته باشد. برای دیدن آخرین نرخ‌ها به صفحه بازار سایت ما سر بزنید "
        f"و در شبکه‌های اجتماعی با ما همراه باشید."
    )


MOULDS: dict[str, Callable[[random.Random], str]] = {
    "weather": weather,
    "weather (German)": wetter,
    "weather (French)": meteo,
    "rates (Arabic)": exchange_ar,
    "rates (Persian)": exchange_fa,
    "obituaries": obituary,
    "sports tables": table,
    "match reports": match_report,
    "corrections": correction,
    "live blogs": live_blog,
}


def moulded(dice: random.Random, each: int, outlets: int) -> Iterator[tuple[str, str, str]]:
    """(kind, outlet, text): so many of each mould at each of its outlets, and at a second outlet with the same mould."""
    for kind, make in MOULDS.items():
        for outlet in range(outlets):
            for _ in range(each):
                yield kind, f"{kind.split()[0]}{outlet}.example", make(dice)


def same_event(texts: list[Original], dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """(kind, outlet, text): two reports of their own that share a statement, a background paragraph or a fact box."""
    for number, (one, other, common) in enumerate(zip(texts[0::3], texts[1::3], texts[2::3], strict=False)):
        words = common.body.split()
        begun = dice.randrange(max(1, len(words) - 60))
        shared = " ".join(words[begun : begun + dice.randint(35, 60)])
        quoted = f"“{shared}”" if number % 2 else shared
        for side, report in enumerate((one, other)):
            parts = report.paragraphs[: 2 + dice.randint(1, 3)]
            parts.insert(dice.randint(1, len(parts)), quoted)
            body = "\n\n".join(parts)
            if len(body.split()) > 2.6 * len(shared.split()) or number % 2:
                yield f"same event, pair {number}", f"event{side}.example", body
