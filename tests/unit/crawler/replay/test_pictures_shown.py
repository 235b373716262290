"""Pictures out of the archive in a shown page: made of dots by their first bytes, and nothing else."""

from __future__ import annotations

import base64

import pytest

from crawler.replay.harmless import harmless
from crawler.replay.pictures import MAX_ALL_BYTES, MAX_PICTURE_BYTES, as_data_uris, kind_of

URL = "https://gazette.example/a/b"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = {
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>',
    "a drawing behind an XML head": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "a page": b"<html><script>window.ran=1</script>",
    "a picture behind a space": b" " + PNG,
    "a sound": b"RIFF\x00\x00\x00\x00WAVEfmt ",
    "nothing": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_picture_by_its_first_bytes_stays_absent(what: str):
    assert kind_of(HOSTILE[what]) is None
    page = harmless('<img src="x.png" alt="told">', url=URL, pictures=as_data_uris({f"{URL[:-1]}x.png": HOSTILE[what]}))
    assert page.html == '<span class="absent">[picture: told]</span>'
    assert page.removed == (("pictures", 1),)


def test_a_picture_stands_in_the_page_with_nothing_but_its_description():
    uris = as_data_uris({"https://cdn.example/ship.svg?x=1": PNG})  # whatever it is called
    told = '<img SRC="//cdn.example/ship.svg?x=1" srcset="y 2x" onerror="x()" style="x" alt=\'A "<b>\' width=5>'
    page = harmless(told, url=URL, pictures=uris)
    assert page.html == f'<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}" alt="A &quot;&lt;b&gt;">'
    assert page.removed == (("event handlers", 1),)
    for how in ('data-src="/i.png" src="data:,"', 'srcset="/i.png 2x, /j.png 1x"'):
        shown = harmless(f"<img {how}>", url=URL, pictures=as_data_uris({"https://gazette.example/i.png": PNG}))
        assert shown.html.startswith('<img src="data:image/png')


def test_what_is_too_large_stays_absent():
    assert as_data_uris({"https://a.example/1": PNG + bytes(MAX_PICTURE_BYTES)}) == {}
    many = {f"https://a.example/{number}": PNG + bytes(MAX_PICTURE_BYTES - len(PNG)) for number in range(9)}
    assert len(as_data_uris(many)) == MAX_ALL_BYTES // MAX_PICTURE_BYTES
