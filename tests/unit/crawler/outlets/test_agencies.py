"""Files of news agencies."""

from __future__ import annotations

import pytest

from crawler.outlets.agencies import read_agencies, shipped_agencies
from crawler.outlets.errors import CatalogueError

OWN = '[[agency]]\nkey = "town"\nname = "Town News Agency"\ndomains = ["town.test"]\nsigns = ["TNA"]\n'


def test_the_shipped_file_is_whole():
    agencies = {agency.key: agency for agency in read_agencies([shipped_agencies()])}
    assert {"reuters", "ap", "afp", "dpa", "anadolu", "irna", "isna", "tasnim", "sana", "wafa"} <= agencies.keys()
    assert "رويترز" in agencies["reuters"].aliases
    assert len(agencies) > 100


def test_no_two_shipped_agencies_share_a_name_a_sign_or_a_domain():
    seen: dict[tuple[str, str], str] = {}
    for agency in read_agencies([shipped_agencies()]):
        kinds = {"name": (agency.name, *agency.aliases), "sign": agency.signs, "domain": agency.domains}
        for kind, values in kinds.items():
            for value in values:
                assert seen.setdefault((kind, value), agency.key) == agency.key


def test_the_operator_s_file_adds_and_replaces():
    own = OWN + '[[agency]]\nkey = "reuters"\nname = "Reuters of ours"\n'
    agencies = {agency.key: agency for agency in read_agencies([shipped_agencies(), ("own.toml", own)])}
    assert agencies["town"].signs == ("TNA",)
    assert agencies["reuters"].name == "Reuters of ours"
    assert agencies["reuters"].domains == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[agency]", "own.toml:1: not valid TOML"),
        ("[agency]\nkey = 'x'", 'own.toml:1: agency: must be a list of tables; write [[agency]] with key = "reuters"'),
        (OWN + "sign = ['X']", "own.toml:6: sign: is not a key of an agency; did you mean"),
        ("[[agency]]\nname = 'X'", "own.toml:1: key: is missing; add key = ..."),
        (OWN.replace('"town"', '"The Town"'), 'own.toml:2: key: "The Town" cannot be a key; write a-z, 0-9'),
        (OWN + OWN, 'key: "town" is named twice; remove one of the two'),
    ],
)
def test_faults_are_told_with_file_line_and_remedy(text: str, problem: str):
    with pytest.raises(CatalogueError) as told:
        read_agencies([("own.toml", text)])
    assert problem in str(told.value)
