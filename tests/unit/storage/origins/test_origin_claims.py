"""What one article says of whose text it is."""

from __future__ import annotations

import time

import pytest

from storage.origins.claims import MAX_CLAIMS, Told, claims_of
from tests.unit.storage.origins.press import BOOK, MIDDLE, claimed, revision

JPOST_URL = "https://www.jpost.com/middle-east/article-1"
DECLARED = {
    "a canonical URL at a known outlet": (("canonical", JPOST_URL), ["outlet:jpost"]),
    "a canonical URL at a site that nobody knows": (("canonical", "https://www.example.org/a"), ["site:example.org"]),
    "a canonical URL at an agency": (("canonical", "https://www.reuters.com/a"), ["agency:reuters"]),
    "of outlets at one domain the path tells": (
        ("canonical", "https://www.bbc.com/persian/iran-1"),
        ["outlet:bbc-persian"],
    ),
    "the outlet's domain with another ending is a rebrand": (("canonical", "https://trackpersia.net/a-bridge/"), []),
    "the same page at a site that nobody knows is a rebrand": (
        ("canonical, same page", "https://renamed.net/a-bridge/"),
        [],
    ),
    "the same page at a known outlet is that outlet's": (("canonical, same page", JPOST_URL), ["outlet:jpost"]),
    "a cache of AMP pages is nobody": (("canonical", "https://www-trackpersia-com.cdn.ampproject.org/c/s/x"), []),
    "a content network is nobody": (("canonical", "https://d111.cloudfront.net/a"), []),
    "an archive is nobody": (("canonical", "https://web.archive.org/web/2020/https://x.test/"), []),
    "the outlet's system at a platform is the outlet": (("canonical", "https://localtp.wordpress.com/a-bridge/"), []),
    "a blog at a platform is a place of its own": (
        ("canonical", "https://somebody.wordpress.com/2020/other/"),
        ["site:wordpress.com"],
    ),
    "isBasedOn": (("json-ld isBasedOn", JPOST_URL), ["outlet:jpost"]),
    "isBasedOn a paper": (("json-ld isBasedOn", "https://doi.org/10.1000/1"), []),
    "source meta with a name": (("meta syndication-source", "The Jerusalem Post"), ["outlet:jpost"]),
    "source meta with an unknown name": (("meta source", "The Daily Example"), ["name:dailyexample"]),
    "source meta with a Chinese agency": (("meta source", "新华社"), ["agency:xinhua"]),
    "source meta with a word of some system": (("meta source", "website"), []),
    "source meta with the outlet's own name in it": (("meta source", "Track Persia English Edition"), []),
    "the feed's source by address": (("feed source", "https://www.jpost.com/rss"), ["outlet:jpost"]),
    "the feed's source by name": (("feed source", "AFP"), ["agency:afp"]),
    "what is no address": (("canonical", "https://["), []),
}


@pytest.mark.parametrize("name", DECLARED)
def test_what_a_page_declares(name: str):
    origin, parties = DECLARED[name]
    assert [(rank, party) for rank, _, party in claimed(origins=(origin,))] == [(1, party) for party in parties]


NAMED = {
    "a credit line": ({"credit": "The Jerusalem Post"}, [("credit line", "outlet:jpost")]),
    "a credit line with a label": ({"credit": "Source: JPost"}, [("credit line", "outlet:jpost")]),
    "an Arabic credit line": ({"credit": "المصدر: رويترز"}, [("credit line", "agency:reuters")]),
    "a Persian credit line": ({"credit": "منبع: خبرگزاری تسنیم"}, [("credit line", "agency:tasnim")]),
    "a credit line with two agencies": ({"credit": "AFP/Reuters"}, [("credit line", "agency:afp"), ("credit line", "agency:reuters")]),
    "a credit line as an address": ({"credit": "www.jpost.com"}, [("credit line", "outlet:jpost")]),
    "a credit line of a paper that nobody knows": ({"credit": "The Daily Example"}, [("credit line", "name:dailyexample")]),
    "a credit line that names agencies in general": ({"credit": "Agencies"}, []),
    "a credit line with the outlet's own name": ({"credit": "Track Persia News"}, []),
    "first published in": ({"origins": (("sentence in the text", "The Jerusalem Post on May 9"),)}, [("sentence in the text", "outlet:jpost")]),
    "first published in some summer": ({"origins": (("sentence in the text", "the summer of 2018"),)}, []),
    "a byline of an agency": ({"desks": ("AP",)}, [("byline", "agency:ap")]),
    "a byline of an outlet's staff": ({"desks": ("JPOST STAFF",)}, [("byline", "outlet:jpost")]),
    "a byline of an outlet's staff by alias": ({"desks": ("Jerusalem Post Staff",)}, [("byline", "outlet:jpost")]),
    "a byline of a person and an agency": ({"desks": ("Jane Roe Associated Press",)}, [("byline", "agency:ap")]),
    "a byline of an agency and the outlet": (
        {"desks": ("AFP and Track Persia Staff",)}, [("byline", "agency:afp"), ("byline", "outlet:track-persia")],
    ),
    "a Hebrew byline": ({"desks": ("רויטרס",)}, [("byline", "agency:reuters")]),
    "a person": ({"authors": ("Anna Ahronheim",)}, []),
    "a short sign is a word elsewhere": ({"desks": ("app",)}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_whom_credits_and_bylines_name(name: str):
    fields, claims = NAMED[name]
    assert claimed(**fields) == [(2, rule, party) for rule, party in claims]


def test_what_is_found_at_a_bare_address_is_the_site_that_it_calls_canonical():
    origins = (("canonical", "https://www.example.org/a"), ("canonical", JPOST_URL))
    assert claimed(url="http://127.0.1.2:8080/b", origins=origins) == [(1, "canonical", "outlet:jpost")]


LEADS = {
    "WASHINGTON (Reuters) - Scientists on Monday told": "reuters",
    "(Reuters) - Scientists on Monday told": "reuters",
    "JERUSALEM — (AP) — The army": "ap",
    "SEOUL, Aug. 20 (Yonhap) -- North Korea's newspaper": "yonhap",
    "New Delhi [India], November 22 (ANI): The minister": "ani",
    "PARIS, 22 nov 2026 (AFP) - Le ministre": "afp",
    "PARIS, AFP – Le ministre": "afp",
    "Berlin (dpa) - Immer mehr junge Menschen": "dpa",
    "Berlin/Frankfurt (dpa/AFP) – Immer mehr": "dpa",
    "Bern (sda) - Der Bundesrat": "keystone-sda",
    "(ANSA) - ROMA, 22 NOV - Il ministro": "ansa",
    "ANKARA (AA) - Bakan": "anadolu",
    "МОСКВА, 22 ноября. /ТАСС/. Министр": "tass",
    "МОСКВА, 22 ноя — РИА Новости. Министр": "ria",
    "بيروت - رويترز\nقال الوزير": "reuters",
    "بيروت (رويترز) - قال الوزير": "reuters",
    "القاهرة ـ أ ش أ: قال الوزير": "mena",
    "واشنطن- أ.ف.ب: قال الرئيس": "afp",
    "أ ف ب – قال الوزير": "afp",
    "تهران (ایرنا) - وزیر گفت": "irna",
    "به گزارش تابناک به نقل از ایسنا، وزیر گفت": "isna",
    "به گزارش خبرگزاری تسنیم، وزیر گفت": "tasnim",
    "ירושלים (רויטרס) - השר אמר": "reuters",
    "新华社北京11月22日电 部长说": "xinhua",
    "(서울=연합뉴스) 장관은": "yonhap",
    "The agency (Reuters) said so": None,
    "He told Reuters on Monday - and others - that": None,
    "The station (KXAN) - which is": None,
    "In Iran, AP and AFP have offices": None,
    "LONDON - The bridge": None,
}


@pytest.mark.parametrize("lead", LEADS)
def test_datelines(lead: str):
    agency = LEADS[lead]
    found = [party for _, rule, party in claimed(body=f"{lead} of the bridge.\n\n{MIDDLE}") if rule == "dateline"]
    assert found[:1] == ([f"agency:{agency}"] if agency else [])


ENDS = {
    "That is what he said. (dpa)": "dpa",
    "That is what he said. (ats/nxp)": "keystone-sda",
    "That is what he said. — Reuters": "reuters",
    "(AFP)": "afp",
    "© 2026 AFP": "afp",
    "dpa-infocom, dpa:260522-99-426868/2": "dpa",
    "المصدر: الأناضول": "anadolu",
    "He works for the news agency dpa.": None,
    "That is what he said. (mz)": None,
    "He flew with the AP": None,
}


@pytest.mark.parametrize("end", ENDS)
def test_sign_offs(end: str):
    agency = ENDS[end]
    found = [party for _, rule, party in claimed(body=f"{MIDDLE}\n\n{end}") if rule == "sign-off"]
    assert found == ([f"agency:{agency}"] if agency else [])


def test_an_agency_that_signs_its_own_text_names_itself():
    told = Told(
        article_id=1,
        outlet_key="tasnim",
        url="https://www.tasnimnews.com/1",
        revision=revision(body=f"به گزارش خبرگزاری تسنیم، وزیر گفت.\n\n{MIDDLE}"),
    )
    assert [(claim.party.key, claim.is_own) for claim in claims_of(told, BOOK)] == [("agency:tasnim", True)]


def test_the_passage_is_kept():
    told = Told(
        article_id=1, outlet_key="jpost", url=JPOST_URL, revision=revision(body=f"LONDON (Reuters) - All.\n\n{MIDDLE}")
    )
    assert claims_of(told, BOOK)[0].evidence == "LONDON (Reuters) - All."


def test_what_a_page_declares_comes_before_what_it_names():
    fields = {"origins": (("canonical", JPOST_URL),), "credit": "Reuters"}
    assert [party for _, _, party in claimed(**fields)] == ["outlet:jpost", "agency:reuters"]


def test_a_page_of_many_claims_costs_little():
    origins = tuple(("canonical", f"https://site{n}.example.org/{n}") for n in range(500))
    told = Told(
        article_id=1,
        outlet_key="jpost",
        url=JPOST_URL,
        revision=revision(
            body="(" * 50_000 + "\n\n" + "/" * 50_000 + "\n\n" + "- ," * 50_000,
            origins=origins,
            desks=("a/" * 50_000,),
            credit="," * 50_000 + " by by " * 5_000,
        ),
    )
    began = time.process_time()
    assert len(claims_of(told, BOOK)) <= MAX_CLAIMS
    assert time.process_time() - began < 1
