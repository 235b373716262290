"""Query parameters that say how a reader came to a page, never which page it is.

A parameter stands here only when it is surely tracking wherever it occurs: a kept tracking parameter
costs one fetch in vain, a dropped identifying one merges two articles. So names such as `cid`, `aid`,
`article`, `storyid` or `page` are not listed, though some sites do track with them. Names are those
that the vendors of analytics, advertising and newsletters document.
"""

from __future__ import annotations

import re

# Google, Bing, Meta, X, TikTok, Yandex, LinkedIn, Pinterest, Snapchat, Instagram: click identifiers
_CLICK_IDS = """
    gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid _ga _gl _gac _gid usqp srsltid msclkid fbclid
    fb_action_ids fb_action_types fb_source fb_ref fb_comment_id mibextid action_object_map action_type_map
    action_ref_map hc_ref hc_location twclid __twitter_impression tw_source tw_profile_id tw_document_href
    ttclid yclid ymclid ysclid syclid _openstat li_fat_id epik scclid sccid rdt_cid qclid igshid igsh ref_src
    ref_url
"""
# Adobe, Webtrends, AT Internet, IBM, comScore, Matomo and others: site statistics
_STATISTICS = """
    utm utmid adobe_mc s_kwcid ef_id cmp cmpid extcmp intcmp int_cmpid int_campaign int_source int_medium
    int_content ito xtor ns_campaign ns_mchannel ns_source ns_linkname ns_fee mc emc s_cid n_cid at_medium
    at_campaign at_custom1 at_custom2 at_custom3 at_custom4 at_bbc_team at_link_id at_link_type at_link_origin
    at_format at_ptr_name at_creation at_variant at_recipient_id at_recipient_list at_send_date at_campaign_type
    at_general at_detail_placement at_platform
"""
# newsletters and customer platforms: Mailchimp, HubSpot, Marketo, Salesforce, Eloqua, Vero, MailerLite, ...
_NEWSLETTERS = """
    mkt_tok __hsfp __hssc __hstc _hsenc _hsmi hsctatracking hss_channel hubspotutk __s _bhlid bbeml et_rid dm_i
    ml_subscriber ml_subscriber_hash ss_email_id ss_email ss_source ss_campaign_id ss_campaign_name
    ss_campaign_sent_date vero_conv vero_id vgo_ee os_ehash wickedid sms_click sms_source sms_uph sc_customer
    sc_eh sc_uid spjobid spmailingid spuserid spreportid h_sid h_slt nr_email_referer elqtrack elqtrackid elqaid
    elqat elqcst _kx kx bxid trk_contact trk_msg trk_module trk_sid email_work_card oly_anon_id oly_enc_id _ke
    ck_subscriber_id mindbox-click-id mindbox-message-key
"""
# affiliates and ad networks
_ADVERTISING = """
    irclickid irclicid ircid irgwc irmpname irmptype irpid iradtype cjevent cjdata cjid awc clickid rb_clickid
    unicorn_click_id ko_click_id taboola_id tblci obclid dicbo vmcid _branch_match_id _branch_referrer
    adposition adgroupid ceneo_spo admitad_uid tduid ranmid ransiteid raneaid sub_aff_id app_clickref
    external_click_id tmclickref cvosrc mkwid pcrid
"""
# sharing, portals and referrers
_SHARING = """
    echobox guccounter guce_referrer guce_referrer_sig soc_src soc_trk sr_share referrer referringsource
    orig_referrer original_referer tracking_source traffic_source is_from_webapp web_id __source __tn__ __io_lv
    _rdc _rdr share_ab_group
"""
# sessions: the same page, another visitor
_SESSIONS = """
    phpsessid jsessionid cfid cftoken
"""
_EXACT = frozenset(f"{_CLICK_IDS} {_STATISTICS} {_NEWSLETTERS} {_ADVERTISING} {_SHARING} {_SESSIONS}".split())
_FAMILIES = (
    "utm_", "_utm_", "utm-", "p.utm_", "mtm_", "wtm_", "pk_", "piwik_", "matomo_", "ga_", "gaa_", "gs_lcp", "itm_",
    "otm_", "hmb_", "hsa_", "mc_", "oft_", "bsft_", "sfmc_", "stm_", "wt.", "wt_", "wtmc_", "wtmc.", "_sgm_",
    "aspsessionid", "amp_js_v", "amp_gsa", "cx_recs", "cx_test", "cx_art", "adj_", "adjust_", "adroll_",
    "ntv_", "__xts__", "__cft__", "af_ad", "af_c_id", "ns_", "src_campaign", "src_source", "cm_mmc", "cm_ven",
    "cm_cat", "cm_pla", "cm_ite", "relatedposts_", "algo_", "trafficsource", "mboxsession", "hsctatracking",
)  # fmt: skip
_FAMILY = re.compile(
    "|".join(re.escape(family) for family in _FAMILIES)
    # Click identifiers and campaigns of whichever vendor: xyzclid, xyz_click_id, xyz-clickref, xyz_campaign.
    + "|(?:.*[_-])?click[_-]?(?:id|ref)$|[a-z]{1,4}clid$|[a-z0-9]{1,10}_(?:campaign|medium)$"
)

# These names may identify an article; with one of these values they only tell the way in.
_WAY_IN_NAMES = frozenset({"ref", "source", "src", "from", "via", "partner", "rss", "feed", "origin", "medium"})
_WAYS_IN = """
    rss rssfeed feed feeds rss_feed atom twitter facebook fb whatsapp telegram linkedin reddit pinterest newsletter
    share social socialmedia google googlenews google-news flipboard applenews email
"""
_WAY_IN_VALUES = frozenset(_WAYS_IN.split())

# Where one outlet tracks with a name that identifies articles elsewhere.
_OF_SITE: dict[str, frozenset[str]] = {
    "bbc.co.uk": frozenset({"ocid", "intlink_from_url"}),
    "bbc.com": frozenset({"ocid", "intlink_from_url"}),
    "msn.com": frozenset({"ocid", "cvid", "ei"}),
    "nytimes.com": frozenset({"smid", "smtyp", "partner", "searchresultposition", "ugrp", "sgrp"}),
    "washingtonpost.com": frozenset({"itid", "wpisrc", "wpmm"}),
    "wsj.com": frozenset({"mod", "trackingcode"}),
    "theguardian.com": frozenset({"ref"}),
}


def is_tracking(name: str, value: str, host: str = "") -> bool:
    """Whether a query parameter, as written in a URL (still encoded), only tracks.

    A name that was glued to its "?" or to an HTML "&amp;" is known too. `host` is in lower case.
    """
    name = name.lower()
    if name.startswith("%3f"):
        name = name[3:]
    elif name.startswith(("?", "amp;")):
        name = name.lstrip("?").removeprefix("amp;")
    if name in _EXACT or _FAMILY.match(name) is not None:
        return True
    if name in _WAY_IN_NAMES:
        return value.lower() in _WAY_IN_VALUES or _is_of_site(name, host)
    return _is_of_site(name, host)


def _is_of_site(name: str, host: str) -> bool:
    labels = host.rsplit(".", 3)
    for count in (2, 3):
        names = _OF_SITE.get(".".join(labels[-count:]))
        if names is not None and name in names:
            return True
    return False
