"""`[[rule]]` tables of outlet files."""

from __future__ import annotations

import pytest

from crawler.outlets.catalogue import read_outlet, write_outlet
from crawler.outlets.errors import CatalogueError
from storage.records import OutletRule, RuleField
from storage.sql.mapping import outlet_from_spec, outlet_to_spec

BASE = 'name = "X"\nhome = "https://x.org/"\n[[source]]\nkind = "feed"\nurl = "https://x.org/f"\n'
GOOD = '[[rule]]\nfield = "body"\nxpath = "//div[@id=\'a\']"\nvalid_from = 2026-02-01\n'


def test_rules_are_read_written_and_stored():
    outlet = read_outlet(BASE + GOOD, "x.toml")
    assert outlet.rules == (OutletRule(field=RuleField.BODY, xpath="//div[@id='a']", valid_from="2026-02-01"),)
    assert read_outlet(write_outlet(outlet), "x.toml") == outlet
    assert outlet_from_spec(outlet_to_spec(outlet)) == outlet


FAULTS = {
    'field = "bodi"\ncss = "p"': 'x.toml:7: field: "bodi" is not a field; did you mean body?',
    'css = "p"': "x.toml:6: field: is missing; add field = ...",
    'field = "body"\ncss = "div..a"': "x.toml:8: css: not a CSS selector",
    'field = "body"\nxpath = "//div["': "x.toml:8: xpath: not an XPath expression",
    'field = "body"': "x.toml:6: the rule has neither css nor xpath",
    'field = "body"\ncss = "p"\nxpath = "//p"': "x.toml:6: the rule has both css and xpath",
    'field = "body"\ncss = "p"\nattribute = "x"': "x.toml:9: attribute: is of no use for body; remove it",
    'field = "title"\ncss = "p"\nvalid_from = 2026-02-01\nvalid_until = 2026-01-01': "x.toml:10: valid_until: lies before",
    'field = "title"\ncss = "p"\nvalid_til = 2026-02-01': "did you mean valid_until?",
}


@pytest.mark.parametrize("table", FAULTS)
def test_a_fault_is_told_with_its_line_and_remedy(table: str):
    with pytest.raises(CatalogueError) as caught:
        read_outlet(f"{BASE}[[rule]]\n{table}\n", "x.toml")
    assert FAULTS[table] in str(caught.value)
