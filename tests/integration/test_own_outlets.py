"""The operator's own outlet files beside the catalogue, over a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.opening import load_catalogue, open_from, upgrade_store
from control.own_outlets import OwnOutlets
from control.settings import BadSettings, Settings, load_settings
from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from storage.store import Store
from tests.stores import lay_store


def outlet(key: str, name: str) -> Outlet:
    source = OutletSource(kind=SourceKind.FEED, url=f"https://{key}.example/feed")
    return Outlet(key=key, name=name, home_url=f"https://{key}.example/", sources=(source,))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "post.toml").write_text(write_outlet(outlet("post", "As shipped")), encoding="utf-8")
    return load_settings(data_dir=tmp_path / "data", catalogue=tmp_path / "catalogue")


@pytest.fixture
def store(settings: Settings):
    lay_store(settings.data_dir)
    opened = open_from(settings)
    yield opened
    opened.close()


def names(store: Store) -> dict[str, str]:
    return {outlet.key: outlet.name for outlet in store.outlets.outlets()}


def test_own_files_are_loaded_once_and_win(settings: Settings, store: Store):
    assert load_catalogue(settings, store) == 1
    own = OwnOutlets(settings)
    own.write(outlet("post", "My own"))
    own.write(outlet("mine", "Mine"))
    assert load_catalogue(settings, store) == 2
    assert names(store) == {"post": "My own", "mine": "Mine"}
    assert load_catalogue(settings, store) == 0


def test_a_file_that_is_gone_takes_its_outlet_with_it_or_leaves_the_shipped_one(settings: Settings, store: Store):
    own = OwnOutlets(settings)
    own.write(outlet("post", "My own"))
    own.write(outlet("mine", "Mine"))
    load_catalogue(settings, store)
    own.path("post").unlink()
    own.path("mine").unlink()
    assert load_catalogue(settings, store) == 2
    assert names(store) == {"post": "As shipped"}


def test_another_machine_without_these_files_removes_nothing(settings: Settings, store: Store, tmp_path: Path):
    OwnOutlets(settings).write(outlet("mine", "Mine"))
    load_catalogue(settings, store)
    elsewhere = load_settings(
        data_dir=tmp_path / "elsewhere", catalogue=settings.catalogue, database_url=settings.store_url
    )
    load_catalogue(elsewhere, store)
    assert names(store).keys() == {"post", "mine"}
    load_catalogue(settings, store)
    assert names(store).keys() == {"post", "mine"}


def test_a_new_store_learns_them_again(settings: Settings, store: Store, tmp_path: Path):
    OwnOutlets(settings).write(outlet("mine", "Mine"))
    load_catalogue(settings, store)
    fresh = load_settings(
        data_dir=settings.data_dir, catalogue=settings.catalogue, database_url=f"sqlite:///{tmp_path}/new.sqlite3"
    )
    upgrade_store(fresh)
    other = open_from(fresh)
    load_catalogue(fresh, other)
    assert names(other).keys() == {"post", "mine"}
    other.close()


def test_what_cannot_be_read_is_told_with_its_file(settings: Settings, store: Store):
    own = OwnOutlets(settings)
    own.folder.mkdir()
    own.path("bad").write_bytes(b"name = '\xff'")
    with pytest.raises(BadSettings, match=r"outlets/bad\.toml cannot be read"):
        load_catalogue(settings, store)
    own.path("bad").write_text("name = 1", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"outlets/bad\.toml:1: name: must be a string"):
        load_catalogue(settings, store)
