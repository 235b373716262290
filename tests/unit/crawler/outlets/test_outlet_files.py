"""Outlet files: what is wrong is told with file, line, key and remedy; what is right comes back the same."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.codes import COUNTRIES, LANGUAGES
from crawler.outlets.catalogue import read_catalogue, read_outlet, write_outlet
from crawler.outlets.errors import CatalogueError
from crawler.outlets.values import same_address
from storage.records import Outlet, OutletSource, SourceKind

GOOD = """name = "Example"
home = "https://example.org/"

[[source]]
kind = "feed"
url = "https://example.org/feed"
"""


def problems_of(text: str, name: str = "folder/example.toml") -> str:
    with pytest.raises(CatalogueError) as raised:
        read_outlet(text, name)
    return str(raised.value)


def with_line(line: str) -> str:
    """A good file with one more line, which is its third."""
    head, rest = GOOD.split("\n\n", 1)
    return f"{head}\n{line}\n\n{rest}"


TOLD = {
    "an unknown key near a known one": (
        'countri = "IL"',
        "example.toml:3: countri: is not a key",
        "did you mean country?",
    ),
    "an unknown key unlike any": ('zzz = "IL"', "example.toml:3: zzz: is not a key", "remove it; there are name, home"),
    "a country in lower case": ('country = "il"', ':3: country: "il" is not a country', 'did you mean "IL"?'),
    "a language with a region": (
        'languages = ["fa-IR"]',
        ':3: languages: "fa-IR" is not a language',
        'did you mean "fa"?',
    ),
    "a misspelt time zone": ('timezone = "Asia/Jerusalm"', ":3: timezone:", 'did you mean "Asia/Jerusalem"?'),
    "a string where a list belongs": (
        'aliases = "Ex"',
        ":3: aliases: must be a list, but is a string",
        "write aliases = [",
    ),
    "a host with a scheme": ('hosts = ["https://example.com"]', ":3: hosts:", "write the host alone"),
    "a broken expression": ("include = ['(']", ":3: include: '(' is not a regular expression", "mend it"),
    "an expression that is about to change its meaning": ("include = ['[[a]']", ":3: include:", "mend it"),
    "a parameter with its value": (
        'keep_parameters = ["id=5"]',
        ':3: keep_parameters: "id=5" is not the name of a query parameter',
        "write only its name",
    ),
    "an empty expression": ('exclude = [""]', ":3: exclude: an empty expression", "remove it"),
    "a negative delay": ("delay_s = -1", ":3: delay_s: -1 is out of range", "from 0 to 3600"),
    "a delay that is no number": ("delay_s = nan", ":3: delay_s: nan is out of range", "from 0 to 3600"),
    "a delay that is a boolean": (
        "delay_s = true",
        ":3: delay_s: must be a number, but is a boolean",
        "from 0 to 3600",
    ),
    "an interval as a string": (
        'interval_s = "900"',
        ":3: interval_s: must be a whole number, but is a string",
        "from 1",
    ),
    "an alias twice": ('aliases = ["A", "A"]', ':3: aliases: "A" is named twice', "remove one"),
    "a control character": ('note = "a\\u0007b"', ":3: note: holds the control character U+0007", "remove it"),
    "a table where a string belongs": ("note = {a = 1}", ":3: note: must be a string, but is a table", 'in "quotes"'),
    "a key twice": ('name = "B"', ":3: not valid TOML: Cannot overwrite a value", "each key once"),
    "no value": ("country =", ":3: not valid TOML", 'write key = "value"'),
}


@pytest.mark.parametrize(("line", "what", "remedy"), TOLD.values(), ids=TOLD.keys())
def test_an_error_tells_line_key_and_remedy(line, what, remedy):
    told = problems_of(with_line(line))
    assert what in told
    assert remedy in told
    assert len(told.splitlines()) == 1


BAD_URLS = {
    "without a scheme": ("example.org/feed", "not an absolute http or https address"),
    "of another scheme": ("file:///etc/passwd", "not an absolute http or https address"),
    "without a host": ("https:///feed", "not an absolute http or https address"),
    "with credentials": ("https://me:secret@example.org/feed", "remove what stands before the @"),
    "with blanks": ("https://example.org/a b", "write them as %20"),
    "with a fragment": ("https://example.org/feed#top", "remove what stands from the # on"),
    "with an empty label": ("https://example..org/", "is not a valid host"),
    "with an impossible host": ("https://exa<mple.org/", "is not a valid address"),
    "too long": ("https://example.org/" + "a" * 3000, "use one of at most 2000"),
}


@pytest.mark.parametrize(("url", "told"), BAD_URLS.values(), ids=BAD_URLS.keys())
def test_a_bad_address_of_a_source_is_refused(url, told):
    text = GOOD.replace("https://example.org/feed", url)
    assert "example.toml:6: url: " in problems_of(text)
    assert told in problems_of(text)
    assert "secret" not in problems_of(text)


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_its_lines():
    text = 'country = "il"\nhoem = "x"\n[[source]]\nkind = "fed"\nurl = "x"\n'
    told = problems_of(text).splitlines()
    assert [line.split(":")[1:3] for line in told] == [
        ["1", " name"],
        ["1", " home"],
        ["1", " country"],
        ["2", " hoem"],
        ["4", " kind"],
        ["5", " url"],
    ]


def test_the_line_is_found_among_comments_strings_and_tables_that_look_alike():
    text = (
        '# delay_s = 1\nnote = """\ndelay_s = 2\n[[source]]\n"""\naliases = [\n  "delay_s = 3",\n]\n'
        + GOOD
        + '\n[[source]]\n"kind" = "feed"\nurl = "https://example.org/feed"\n'
    )
    assert "example.toml:18: url: this source is named twice" in problems_of(text)


def test_an_inline_source_is_found_too():
    assert ":3: url:" in problems_of('name = "A"\nhome = "https://a.org"\nsource = [{kind = "feed", url = "x"}]\n')


def test_an_outlet_without_a_source_is_refused():
    assert "never be visited" in problems_of('name = "A"\nhome = "https://a.org/"\n')
    assert "must be a list of tables" in problems_of('name = "A"\nhome = "https://a.org/"\nsource = 1\n')


def test_a_file_name_that_is_no_key_is_refused():
    assert '"The Post" cannot be an outlet\'s key; name the file with a-z' in problems_of(GOOD, "The Post.toml")


def test_deep_nesting_is_told_and_does_not_crash():
    assert "a.toml:" in problems_of("a = " + "[" * 100_000, "a.toml")


def test_a_source_on_an_address_or_a_single_label_is_fine_as_a_local_web_needs():
    text = GOOD.replace("https://example.org/feed", "http://127.0.0.1:8080/feed").replace(
        "example.org/", "localhost:1/"
    )
    assert read_outlet(text, "a.toml").home_url == "https://localhost:1/"


def test_verified_may_be_a_string_or_a_day_of_toml():
    for day in ('"2026-01-31"', "2026-01-31"):
        assert read_outlet(f"{GOOD}verified = {day}\n", "a.toml").sources[0].verified == "2026-01-31"
    assert "a.toml:7: verified:" in problems_of(f'{GOOD}verified = "soon"\n', "a.toml")


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    assert read_outlet("\ufeff" + GOOD.replace("\n", "\r\n"), "a.toml").name == "Example"


def test_problems_of_all_files_and_shared_keys_and_sources_are_told_together():
    other = GOOD.replace("https://example.org/feed", "https://EXAMPLE.org:443/feed")
    with pytest.raises(CatalogueError) as raised:
        read_catalogue([("x/a.toml", GOOD), ("y/a.toml", other), ("bad.toml", "x = 1")])
    told = str(raised.value)
    assert 'y/a.toml:1: the key "a" is already that of x/a.toml; rename or remove' in told
    assert "y/a.toml:6: url: https://EXAMPLE.org:443/feed is already a source of x/a.toml" in told
    assert "bad.toml:1: x: is not a key" in told


printable = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)
addresses = st.from_regex(
    r"https?://[a-z]{1,8}\.(org|co\.il|ir)(:[1-9][0-9]{1,3})?/[a-zA-Z0-9/?&=%._'\[\]-]{0,20}", fullmatch=True
).filter(lambda url: "%" not in url)
days = st.dates().map(lambda day: day.isoformat())
some = {"unique": True, "max_size": 4}
sources = st.lists(
    st.builds(OutletSource, kind=st.sampled_from(SourceKind), url=addresses, verified=st.none() | days),
    min_size=1,
    max_size=5,
    unique_by=lambda source: same_address(source.url),
)
outlets = st.builds(
    Outlet,
    key=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True),
    name=printable,
    home_url=addresses,
    country=st.none() | st.sampled_from(sorted(COUNTRIES)),
    languages=st.lists(st.sampled_from(sorted(LANGUAGES)), **some).map(tuple),
    timezone=st.none() | st.sampled_from(["Asia/Jerusalem", "Asia/Tehran", "UTC"]),
    hosts=st.lists(st.from_regex(r"[a-z]{1,9}\.(org|net)", fullmatch=True), **some).map(tuple),
    aliases=st.lists(printable, **some).map(tuple),
    sources=sources.map(tuple),
    delay_s=st.none() | st.floats(0, 3600),
    interval_s=st.none() | st.integers(1, 30 * 24 * 3600),
    include=st.lists(st.sampled_from([r"^https://a\.org/", "/(?:a|b')/", r'\d+"', "a"]), **some).map(tuple),
    keep_parameters=st.lists(st.sampled_from(["ref", "utm_id", "a[b]"]), **some).map(tuple),
    drop_parameters=st.lists(st.sampled_from(["ncid", "x-y", "$z"]), **some).map(tuple),
    exclude=st.lists(st.sampled_from([r"\\\w", "[^/]+$", "פ"]), **some).map(tuple),
    note=st.none() | printable | st.lists(printable, min_size=1, max_size=3).map("\n".join),
)


@given(outlets)
def test_what_is_written_is_read_back_the_same(outlet):
    assert read_outlet(write_outlet(outlet), f"{outlet.key}.toml") == outlet


@given(st.text(max_size=300))
def test_any_text_gives_an_outlet_or_problems(text):
    with contextlib.suppress(CatalogueError):
        read_outlet(text, "a.toml")
