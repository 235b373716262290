"""The operator's own outlets: one TOML file each in the folder `outlets` of the data folder.

They are loaded besides the catalogue at every start, and win over an outlet of the catalogue with the same key.
A file that is gone takes its outlet with it. A removed outlet's file is set aside, so that it can be restored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from control.given_credentials import without_credentials
from control.settings import BadSettings, Settings
from crawler.outlets.catalogue import read_outlet, write_outlet
from storage.records import Outlet

_ASIDE = ".removed"
#: Keys that were loaded from this folder: only what came from here may go with a file that is gone from here.
_LOADED = ".loaded.json"


class OwnOutlets:
    """The folder of the operator's own outlet files. Raises BadSettings where it cannot be read or written."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data_dir / "outlets"

    def files(self) -> list[tuple[str, str]]:
        """(name, text) of each file, by name."""
        return [(path.name, text_of(path)) for path in sorted(self.folder.glob("*.toml"))]

    def take_out_credentials(self) -> dict[str, str]:
        """Rewrites files that hold `user:password@` in addresses without it; returns the secrets by origin."""
        secrets: dict[str, str] = {}
        for path in self.folder.glob("*.toml"):
            text = text_of(path).encode()
            plain, found = without_credentials(text)
            if plain != text:
                _replace(path, plain.decode())
                secrets |= found
        return secrets

    @property
    def keys(self) -> set[str]:
        """Keys of the files there are."""
        return {path.stem for path in self.folder.glob("*.toml")}

    def path(self, key: str) -> Path:
        """Where the file of an outlet lies, or would lie."""
        return self.folder / f"{key}.toml"

    def write(self, outlet: Outlet) -> Path:
        """Writes an outlet's file, replacing one that is there. Raises CatalogueError for what no file may hold."""
        path = self.path(outlet.key)
        text = write_outlet(outlet).rstrip("\n") + "\n"
        read_outlet(text, path.name)
        _replace(path, text)
        return path

    def set_aside(self, key: str) -> bool:
        """Sets an outlet's file aside; False when there is none."""
        path = self.path(key)
        if not path.exists():
            return False
        return _rename(path, path.with_name(path.name + _ASIDE))

    def bring_back(self, key: str) -> bool:
        """Brings back a file that was set aside; False when there is none."""
        path = self.path(key)
        aside = path.with_name(path.name + _ASIDE)
        if not aside.exists() or path.exists():
            return False
        return _rename(aside, path)

    def loaded(self) -> set[str]:
        """Keys that were loaded from this folder before."""
        path = self.folder / _LOADED
        try:
            keys = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return set()
        return {key for key in keys if isinstance(key, str)} if isinstance(keys, list) else set()

    def note_loaded(self, keys: set[str]) -> None:
        """Notes what was loaded from this folder."""
        if keys != self.loaded():
            _replace(self.folder / _LOADED, json.dumps(sorted(keys)) + "\n")


def mark_verified(path: Path, urls: set[str], day: str) -> int:
    """Notes in an outlet's file that these sources were tried with success; comments and order stay.

    Returns how many sources were marked anew. Raises BadSettings.
    """
    try:
        document = tomlkit.parse(text_of(path))
    except TOMLKitError as error:
        raise BadSettings(f"{path} cannot be read: {error}") from error
    marked = 0
    for source in document.get("source", ()):
        if source.get("url") in urls and str(source.get("verified")) != day:
            source["verified"] = day
            marked += 1
    if marked:
        _replace(path, tomlkit.dumps(document))
    return marked


def text_of(path: Path) -> str:
    """The text of an outlet's file. Raises BadSettings."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} cannot be read: {error}") from error


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise BadSettings(f"{path} cannot be written: {error.strerror or error}") from error


def _rename(path: Path, to: Path) -> bool:
    try:
        path.replace(to)
    except OSError as error:
        raise BadSettings(f"{path} cannot be renamed: {error.strerror or error}") from error
    return True
