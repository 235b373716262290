"""The elements of a page, sorted once: what the tree itself says."""

from __future__ import annotations

from crawler.extract.elements import Elements, text_of, words_of
from crawler.extract.page import parse

PAGE = """<html><head><title>T</title></head><body class="b"><div id="a" class="x">One <b>two</b> three
<p>four</p> five</div><p class="x">six</p><div></div><p>seven &lt;8&gt; <br>nine</p></body></html>"""


def test_elements_of_tags_come_in_the_order_of_the_page():
    tree = parse(PAGE)
    elements = Elements(tree)
    assert elements.all == list(tree.iter())
    for tags in (("p",), ("div", "p"), ("p", "b", "title"), ("table",)):
        assert list(elements.of(*tags)) == list(tree.iter(*tags))


def test_names_are_told_for_each_element_and_equal_ones_are_one_object():
    elements = Elements(parse(PAGE))
    told = dict(zip(elements.all, elements.names, strict=True))
    assert [told[e] for e in elements.of("div")] == [("x", "a"), ("", "")]
    assert [told[e] for e in elements.of("p", "b")] == [("", ""), ("", ""), ("x", ""), ("", "")]
    assert len({id(names) for names in elements.names}) == len(set(elements.names))


def test_text_is_that_of_all_text_nodes_below():
    for element in parse(PAGE).iter():
        assert text_of(element) == "".join(element.itertext())
    assert words_of(next(parse(PAGE).iter("div"))) == "One two three four five"
