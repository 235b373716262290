"""The shipped catalogue: the outlet files that come with Presswatch."""

from __future__ import annotations

from importlib import resources


def shipped_files() -> list[tuple[str, str]]:
    """(name, text) of each shipped outlet file, by name; for `read_catalogue`."""
    folder = resources.files("crawler.outlets").joinpath("catalogue")
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return [(file.name, file.read_text(encoding="utf-8")) for file in sorted(files, key=lambda file: file.name)]
