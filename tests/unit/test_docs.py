"""The documentation says all there is, and nothing that is not."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from control.cli import cli
from control.opening import catalogue_files
from control.settings import Settings
from control.version import VERSION
from crawler.outlets import catalogue
from crawler.outlets.catalogue import read_catalogue, read_outlet
from crawler.pipelines import judgement
from delivery.channels.webhook import SIGNATURE_HEADER, Message, signed_headers
from delivery.web.app import create_app
from storage.records import Reason
from tests.commandtree import commands_of, leaves

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OF_TESTS = {
    "PRESSWATCH_SHARED",
    "PRESSWATCH_TEST_REDIS_URL",
    "PRESSWATCH_TEST_POSTGRES_URL",
    "PRESSWATCH_TEST_CHROMIUM",
    "PRESSWATCH_TEST_FAKETIME",
    "PRESSWATCH_SCREENSHOT_DIR",
}
PLACEHOLDERS = {"COMMAND"}  # `presswatch COMMAND --help`

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_of(page: Path) -> Iterator[str]:
    """What stands in code blocks, without their comments, and between backticks."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from (re.sub(r"\s#.*", "", line) for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def table(page: str, heading: str) -> set[str]:
    """What stands in backticks in the first column of the table under a heading."""
    section = re.split(r"^## ", text_of(page).split(f"## {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    return {
        name for row in re.findall(r"^\| (.+?) \|", section, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def routes(routed: Iterable[Any]) -> Iterator[str]:
    """The paths of an application, those of its routers included."""
    for route in routed:
        if inner := getattr(route, "original_router", None):
            yield from routes(inner.routes)
        elif (path := getattr(route, "path", None)) and path != "/static":
            yield path


# ------------------------------------------------------------------------- all that there is


def test_every_setting_is_told_with_its_default():
    rows = dict(re.findall(r"^\| `(PRESSWATCH_\w+)` \| (.+?) \|", text_of("docs/settings.md"), re.MULTILINE))
    assert {f"PRESSWATCH_{name.upper()}" for name in Settings.model_fields} == rows.keys()
    for name, field in Settings.model_fields.items():
        told, default = rows[f"PRESSWATCH_{name.upper()}"], field.default
        if default in (None, ()):
            assert told.startswith("empty"), name
        else:
            shown = ",".join(f"{number:g}" for number in default) if isinstance(default, tuple) else str(default)
            assert told.startswith(f"`{shown}`"), name


def test_every_command_is_told_of():
    told = {name.removeprefix("presswatch ") for name in table("docs/operating.md", "Commands")}
    told = {re.sub(r" [A-Z[].*$", "", name) for name in told}
    assert set(leaves(cli)) <= told


def test_every_end_of_a_candidate_is_told_of():
    assert table("docs/operating.md", "How a candidate ends") == {reason.value for reason in Reason}


def test_every_failure_of_a_visit_is_told_of():
    names = {name for _, name in judgement._NAMES} | judgement._FINAL.keys() | {"tls", "connection", "quarantined"}
    for file in (ROOT / "crawler").rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names |= set(_failures_in(function))
    told = table("docs/operating.md", "Why a source fails") - {"PRESSWATCH_ALLOW_NETWORKS"}
    assert {name for name in told if not name.startswith("http-")} == names
    assert "http-404" in told


def _failures_in(function: ast.AST) -> Iterator[str]:
    """Names given to `visit_failed`, written there or through a variable."""
    given = [
        node.args[2]
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "visit_failed" and len(node.args) > 2
    ]
    variables = {node.id for node in given if isinstance(node, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", None) in variables for t in node.targets):
            given += [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
    yield from (node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_every_address_of_the_page_is_told_of():
    nothing: Any = None
    clock = {"clock": lambda: datetime.now(UTC)}
    app = create_app(
        nothing,
        nothing,
        nothing,
        stories=nothing,
        authors=nothing,
        backfills=nothing,
        gaps=nothing,
        changes=nothing,
        searcher=nothing,
        fingerprint=lambda url: (url, 1),
        **clock,
    )
    told = set(re.findall(r"`(/[^`?]*)(?:\?[^`]*)?`", text_of("docs/api.md")))
    assert set(routes(app.routes)) - told == set()


def test_every_make_target_is_told_of():
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert targets == set(re.findall(r"`make ([a-z-]+)`", text_of("docs/developing.md")))


def test_every_key_of_an_outlet_file_is_told_of():
    example = _toml("docs/politeness.md")
    assert set(catalogue._KEYS) == example.keys() | _toml("docs/cadence.md").keys()
    assert set(example["source"][0]) <= set(catalogue._SOURCE_KEYS)


# ------------------------------------------------------------------------- nothing that is not


@each_page
def test_every_command_in_it_exists(page: Path):
    known = set(leaves(cli))
    groups = {name for name, command in commands_of(cli).items() if isinstance(command, click.Group)}
    for line in code_of(page):
        for words in re.findall(r"(?:^|\$ |/bin/|run --rm )presswatch ((?:[A-Za-z]+)(?: [a-z]+)?)", line):
            first, _, second = words.partition(" ")
            if first in PLACEHOLDERS:
                continue
            assert f"{first} {second}" in known if first in groups and second else first in {*known, *groups}, line


@each_page
def test_every_variable_in_it_exists(page: Path):
    known = {f"PRESSWATCH_{name.upper()}" for name in Settings.model_fields} | OF_TESTS | {"PRESSWATCH_NAME"}
    assert set(re.findall(r"\bPRESSWATCH_[A-Z_]+\b", page.read_text(encoding="utf-8"))) <= known


@each_page
def test_every_make_target_in_it_exists(page: Path):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {name for line in code_of(page) for name in re.findall(r"^(?:\$ )?make(?: -C \S+)? ([a-z-]+)", line)}
    assert named <= targets


@each_page
def test_every_link_in_it_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in slugs(file), target


@each_page
def test_every_file_in_it_exists(page: Path):
    rooms = "crawler|storage|delivery|control|tests|scripts|requirements|docs"
    for line in code_of(page):
        for name in re.findall(rf"(?:^|[ =])((?:{rooms})/[\w./*-]+)", line):
            assert list(ROOT.glob(name.rstrip("/."))) or name.startswith("docs/images"), name


@each_page
def test_it_names_no_place_of_the_machine_it_was_written_on(page: Path):
    assert not re.search(r"/(?:work|root|tmp)/", page.read_text(encoding="utf-8"))


# ------------------------------------------------------------------------- examples


def _toml(page: str) -> dict[str, Any]:
    return tomllib.loads(re.findall(r"^```toml\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)[0])


def test_the_settings_file_of_the_example_is_taken():
    Settings(**_toml("docs/settings.md"))


def test_the_outlet_file_of_the_example_is_taken():
    example = re.findall(r"^```toml\n(.*?)^```", text_of("docs/politeness.md"), re.MULTILINE | re.DOTALL)[0]
    assert read_outlet(example, "gazette.toml").delay_s == 10


def test_the_signature_is_checked_as_the_example_does():
    example = re.findall(r"^```python\n(.*?)^```", text_of("docs/api.md"), re.MULTILINE | re.DOTALL)[0]
    room: dict[str, Any] = {}
    exec(example, room)
    headers = signed_headers(Message(key="k", body=b"{}"), "secret", datetime.now(UTC), "Presswatch")
    assert room["is_genuine"]("secret", headers[SIGNATURE_HEADER], b"{}")
    assert not room["is_genuine"]("another", headers[SIGNATURE_HEADER], b"{}")


def test_the_figures_of_the_catalogue_are_right():
    outlets = read_catalogue(catalogue_files(Settings()))
    sources = sum(len(outlet.sources) for outlet in outlets)
    assert f"from {len(outlets)} outlets ({sources} sources)" in text_of("README.md")
    told = re.findall(r"\b(\d+) outlets (?:that report|in English|of the catalogue)", text_of("README.md"))
    assert set(told) == {str(len(outlets))}


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["version"] == VERSION
    assert re.search(rf"^## {re.escape(VERSION)}\b", text_of("CHANGELOG.md"), re.MULTILINE)
    assert f"image: presswatch:{VERSION}" in text_of("docker-compose.yml")


def test_the_picture_of_the_page_is_small_enough_to_load():
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert [picture.name for picture in pictures if picture.suffix != ".svg"] == ["newest-articles.png"]
    assert all(picture.stat().st_size < 250_000 for picture in pictures)
