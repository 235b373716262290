"""The entities that come along."""

from __future__ import annotations

from importlib.resources import files


def shipped_entities() -> list[tuple[str, str]]:
    """(name, text) of each file."""
    folder = files(__package__).joinpath("entities")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return [(each.name, each.read_text(encoding="utf-8")) for each in found]
