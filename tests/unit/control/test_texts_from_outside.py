"""What came from outside cannot control a terminal or a log, whatever it holds and wherever in a field it lies."""

from __future__ import annotations

import io

import pytest

from control.logs import _printable, printable
from control.printing import as_json
from control.refusal import Refusal

HOSTILE = {
    "a colour": "\x1b[31mred",
    "a window's title": "\x1b]0;title\x07",
    "a link": "\x1b]8;;http://evil.example\x1b\\text\x1b]8;;\x1b\\",
    "C1 controls": "\x9b31mred\x9d0;title\x9c",
    "a line that is overwritten": "innocent\rguilty",
    "letters taken back": "innocent\b\b\bgone",
    "text turned around": "photo\u202egnp.exe",
    "an isolate": "\u2066isolated\u2069",
    "zero width": "a\u200bb\ufeff",
    "a delete": "a\x7fb",
}


def is_harmless(text: str) -> bool:
    return all(c.isprintable() or c in "\n\t\u200c\u200d" for c in text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_made_visible(text: str):
    assert not is_harmless(text)
    assert is_harmless(printable(text))
    assert is_harmless(as_json({"title": text}))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_made_visible_in_every_field_of_a_log_line(text: str):
    fields = {"event": text, "list": [text, (text,)], "inside": {"deep": {text: [text]}}, "number": 3}
    assert is_harmless(str(_printable(None, "info", fields)).replace("\\\\", ""))
    assert "\\x" in str(_printable(None, "info", fields))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_made_visible_in_what_a_command_refuses(text: str):
    told = io.StringIO()
    Refusal(f"{text} cannot be done").show(told)
    assert is_harmless(told.getvalue())


def test_persian_and_hebrew_are_left_as_they_are():
    for text in ("می\u200cخواهم", "שלום עולם", "naïve\tcafé\n"):
        assert printable(text) == text
