"""What only tells how a reader came is dropped; what names an article never."""

from __future__ import annotations

import json

import pytest

from crawler.discovery.collector import judge
from crawler.discovery.tracking import is_tracking
from crawler.discovery.urls import canonical_among, fetch_url
from storage.records import Outlet

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


#: Names of our own gathering, of content management systems in a dozen languages: each names an article somewhere.
NAMES_OF_ARTICLES = """
    id p a n c q v t s k i d x nr no num number art arti artid art_id artcode article articleid article_id article-id articleno
    aid a_id pid p_id nid n_id sid s_id cid c_id did d_id eid e_id fid f_id gid g_id hid iid item itemid item_id itemno kid lid mid m_id
    oid o_id qid rid r_id tid t_id uid vid v_id wid xid yid zid storyid story_id story storynum storycode news newsid news_id newsno news_no
    newsitem newsitemid newsnum post postid post_id post_type postno page pageid page_id pagenum pagina doc docid doc_id docno document
    documentid document_id content contentid content_id contentguid contentkey key keyid entry entryid entry_id entryno record recordid record_id
    rec recid object objectid object_id obj node nodeid node_id topic topicid topic_id thread threadid text textid text_id file fileid filename
    path title name slug url u link permalink code codigo cod codnoticia idnoticia id_noticia noticia noticiaid idnews id_news idarticle id_article
    idart id_art id_articolo articolo idarticulo artikel artikelid artikel_id beitrag beitragid meldung meldungid nachricht nachrichtid pressid
    releaseid release_id release pr prid bulletinid report reportid report_id review reviewid blog blogid blog_id column columnid column_id
    columnno video videoid video_id clip clipid gallery galleryid gallery_id photo photoid photo_id image imageid album albumid event eventid
    event_id issue issueid issue_id edition editionid seq seqno seq_id idx index ref refid refno serial sn ser mod module modid option view task
    action act cmd cat catid cat_id category categoryid section sectionid sec secid sub subid subject subjectid date day month year ymd dt time
    lang language l type typ format mode show read detail details haber haberid haber_no idhaber khabar newscode guid uuid hash signature
"""


def test_no_name_that_identifies_articles_somewhere_is_dropped():
    names = NAMES_OF_ARTICLES.split()
    assert len(set(names)) == len(names) >= 200
    dropped = [name for name in names for value in ("12345", "abc", "a-b-c", "") if is_tracking(name, value)]
    assert dropped == []


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


GAZETTE = Outlet(
    key="gazette",
    name="Gazette",
    home_url="https://gazette.example/",
    keep_parameters=("utm_id", "ref"),
    drop_parameters=("ncid",),
)
PLAIN = Outlet(key="plain", name="Plain", home_url="https://plain.example/")


def test_an_outlets_own_word_on_parameters_counts_at_that_outlet_only():
    """Of what names articles here and tracks elsewhere, and the other way round."""
    url = "https://{}/a?utm_id=7&REF=rss&ncid=5&utm_source=x"
    assert judge(url.format("gazette.example"), "", GAZETTE).url == "https://gazette.example/a?utm_id=7&REF=rss"
    assert judge(url.format("plain.example"), "", PLAIN).url == "https://plain.example/a?ncid=5"
    assert fetch_url(url.format("gazette.example"), outlet=GAZETTE) == "https://gazette.example/a?utm_id=7&REF=rss"


def test_an_address_that_somebody_asks_about_is_read_as_its_outlet_reads_it():
    asked = "https://{}/a?utm_id=7&ncid=5"
    among = [PLAIN, GAZETTE]
    assert canonical_among(asked.format("gazette.example"), among) == "https://gazette.example/a?utm_id=7"
    assert canonical_among(asked.format("plain.example"), among) == "https://plain.example/a?ncid=5"
    assert canonical_among(asked.format("else.example"), among) == "https://else.example/a?ncid=5"


@pytest.mark.shared
def test_url_tracking_params(shared):
    """Names that ClearURLs or Brave drop on every site: at least 97 in 100 are known."""
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
