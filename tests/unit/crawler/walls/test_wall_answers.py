"""Challenges by the head of an answer, and redirects that lead away."""

from __future__ import annotations

import pytest

from crawler.walls.answers import wall_of_answer
from crawler.walls.detours import detour_of
from storage.records import Reason

ANSWERS = {
    "Cloudflare says so": (403, [("CF-Mitigated", "challenge"), ("Server", "cloudflare")], True),
    "Cloudflare says so with a 503": (503, [("cf-mitigated", "challenge")], True),
    "Cloudflare in front of a page": (200, [("Server", "cloudflare"), ("CF-RAY", "1")], False),
    "Cloudflare in front of a refusal of the outlet": (403, [("Server", "cloudflare")], False),
    "AWS WAF": (202, [("x-amzn-waf-action", "challenge")], True),
    "AWS WAF with a captcha": (405, [("x-amzn-waf-action", "captcha")], True),
    "Vercel": (429, [("x-vercel-mitigated", "challenge")], True),
    "DataDome by its header": (403, [("X-DataDome", "protected")], True),
    "DataDome by its cookie": (403, [("Set-Cookie", "datadome=abc; Max-Age=31536000")], True),
    "DataDome watching a page": (200, [("X-DataDome", "protected"), ("Set-Cookie", "datadome=abc")], False),
    "PerimeterX": (403, [("Set-Cookie", "_pxhd=abc; Path=/")], True),
    "Akamai by its server": (403, [("Server", "AkamaiGHost")], True),
    "Akamai by its cookie": (403, [("Set-Cookie", "_abck=abc; Path=/")], True),
    "Akamai saying that a page is gone": (404, [("Server", "AkamaiGHost")], False),
    "Akamai in front of an outlet that is down": (503, [("Server", "AkamaiGHost")], False),
    "Imperva by its header": (403, [("X-Iinfo", "1-2-3")], True),
    "Imperva by its network": (403, [("X-CDN", "Imperva")], True),
    "Imperva by its cookie": (403, [("Set-Cookie", "incap_ses_1_2=abc")], True),
    "Sucuri": (403, [("X-Sucuri-ID", "11005")], True),
    "DDoS-Guard": (403, [("Server", "ddos-guard")], True),
    "Kasada": (405, [("x-kpsdk-ct", "abc")], True),
    "a refusal of the outlet itself": (403, [("Server", "nginx")], False),
}


@pytest.mark.parametrize(("status", "headers", "is_wall"), ANSWERS.values(), ids=ANSWERS.keys())
def test_challenges_are_told_by_the_head_of_an_answer(status, headers, is_wall):
    wall = wall_of_answer(status, headers)
    assert (wall is not None) is is_wall
    assert wall is None or (wall.reason is Reason.CHALLENGE and str(status) in wall.detail)


ASKED = "https://www.example.com/2026/11/talks-go-on"
DETOURS = {
    "to a consent host": ("https://consent.example.com/m?continue=x", Reason.CONSENT),
    "to a consent path": ("https://www.example.com/consent/?next=x", Reason.CONSENT),
    "to a shared consent host": ("https://myprivacy.publisher.example/consent?siteKey=1", Reason.CONSENT),
    "to a log-in host": ("https://login.example.com/?next=x", Reason.LOGIN),
    "to a log-in path": ("https://www.example.com/login?next=/2026", Reason.LOGIN),
    "to a German log-in path": ("https://www.example.com/anmelden/", Reason.LOGIN),
    "to a subscription": ("https://www.example.com/subscribe/offer", Reason.LOGIN),
    "to a captcha": ("https://www.example.com/captcha?from=x", Reason.CHALLENGE),
    "to a captcha's host": ("https://geo.captcha-delivery.com/captcha/?x=1", Reason.CHALLENGE),
    "to the front page": ("https://www.example.com/", Reason.GONE),
    "to a search": ("https://www.example.com/search?q=talks", Reason.GONE),
    "to a search on the front page": ("https://www.example.com/?s=talks", Reason.GONE),
    "to a page for what is not there": ("https://www.example.com/404", Reason.GONE),
    "to its new address": ("https://www.example.com/2026/11/21/talks-go-on", None),
    "to another host of the outlet": ("https://news.example.com/2026/11/talks-go-on", None),
    "to an article about consent": ("https://www.example.com/2026/consent-is-not-enough", None),
    "to an article about logging in": ("https://www.example.com/2026/login-trouble-at-banks", None),
}


@pytest.mark.parametrize(("target", "reason"), DETOURS.values(), ids=DETOURS.keys())
def test_redirects_that_lead_away_are_told(target, reason):
    wall = detour_of(ASKED, target)
    assert (wall and wall.reason) == reason


def test_what_was_asked_for_itself_is_no_detour():
    assert detour_of("https://login.example.com/a", "https://login.example.com/b") is None
    assert detour_of("https://example.com/search/a", "https://example.com/search/b") is None
    assert detour_of("http://example.com/", "https://example.com/") is None
