"""JSON for scripts keeps what outlets wrote, and cannot control the terminal that it is printed on."""

from __future__ import annotations

import json

from control.printing import as_json


def test_what_could_control_a_terminal_is_written_as_an_escape():
    told = {"title": "تهران \x1b[2J \x9b2J \u202e \ud800 عنوان"}
    text = as_json(told)
    assert "تهران" in text
    assert all(character.isprintable() for character in text if character != "\n")
    assert json.loads(text) == told
