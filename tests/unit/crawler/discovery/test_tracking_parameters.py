"""What only tells how a reader came is dropped; what names an article never."""

from __future__ import annotations

import json

import pytest

from crawler.discovery.tracking import is_tracking

TRACKING = """
    utm_source utm_medium UTM_Campaign utm_foo utm fbclid gclid dclid msclkid mc_cid mc_eid igshid yclid ttclid irclickid
    srsltid fb_action_ids echobox Echobox at_medium CMP ito ns_campaign ns_mchannel WT.mc_id _ga __twitter_impression
    xtor mtm_campaign pk_kwd hsCtaTracking %3Futm_source amp;utm_source referrer guccounter _hsenc wbraid xyzclid
"""
IDENTIFYING = """
    id p storyid article cid newsid aid page nid sid pid story news_id post articleid article_id itemid item q s
    section ID a n c t v key doc docid no num seq idx uid gid fid tid oid mid lang date ref source src from code title
    slug url u year month day campaign medium network type view category cat tag author utmost
"""


@pytest.mark.parametrize("name", TRACKING.split())
def test_tracking_is_known(name):
    assert is_tracking(name, "x1")


@pytest.mark.parametrize("name", IDENTIFYING.split())
def test_identifying_parameters_stay(name):
    assert not is_tracking(name, "12345")


def test_a_way_in_is_told_by_its_value():
    assert is_tracking("ref", "rss")
    assert is_tracking("source", "Twitter")
    assert not is_tracking("ref", "843210")


def test_an_outlets_own_tracking_is_dropped_at_that_outlet_only():
    assert is_tracking("smid", "tw-share", "www.nytimes.com")
    assert not is_tracking("smid", "tw-share", "www.example.com")


@pytest.mark.shared
def test_global_rules_of_clearurls_and_brave(shared):
    """Names that both lists drop on every site: at least 97 in 100 are known."""
    names = set()
    with (shared / "suites" / "url-tracking-params" / "cases.jsonl").open() as lines:
        for case in map(json.loads, lines):
            if case["kind"] in {"query-filter", "clean-urls"} and "*://*/*" in case["rule"]["include"]:
                names.update(case["rule"]["params"])
            elif case["provider"] == "globalRules" and case["kind"] == "rules":
                name = case["rule"].removeprefix("(?:%3F)?")
                if name.replace("_", "").isalnum():
                    names.add(name)
    known = [name for name in names if is_tracking(name, "x1")]
    assert len(names) > 30
    assert len(known) >= 0.97 * len(names), sorted(names.difference(known))
