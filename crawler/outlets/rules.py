"""The `[[rule]]` tables of an outlet file: how its pages are read where the core fails."""

from __future__ import annotations

from typing import Any

from crawler.outlets.fields import Fields
from crawler.outlets.lines import Place
from crawler.outlets.values import Unfit, check_words, nearest
from storage.records import OutletRule, RuleField

RULE_KEYS = ("field", "css", "xpath", "attribute", "valid_from", "valid_until")
_FIELDS = [field.value for field in RuleField]


def read_rules(fields: Fields) -> tuple[OutletRule, ...]:
    """The rules of an outlet file; what does not fit is left out and noted as a fault."""
    tables: Any = fields.table.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        fields.fault("rule", "must be a list of tables", 'write [[rule]] with field = "body" and css = "..."')
        return ()
    found = [
        _rule(Fields(table, Place(table="rule", index=index), fields.faults)) for index, table in enumerate(tables)
    ]
    return tuple(rule for rule in found if rule is not None)


def _rule(fields: Fields) -> OutletRule | None:
    fields.refuse_unknown(RULE_KEYS)
    field = fields.checked("field", _check_field, required=True)
    css, xpath = fields.checked("css", _check_css), fields.checked("xpath", _check_xpath)
    given = [key for key in ("css", "xpath") if key in fields.table]
    if len(given) != 1:
        what = "the rule has neither css nor xpath" if not given else "the rule has both css and xpath"
        fields.fault("", what, 'keep one of them, such as css = "div.article-body"')
    first, last = fields.day("valid_from"), fields.day("valid_until")
    if first and last and first > last:
        fields.fault("valid_until", f"lies before valid_from ({first})", "put the two days in order")
    if field is None or (css is None) == (xpath is None):
        return None
    attribute = fields.words("attribute")
    if attribute and field in {RuleField.BODY, RuleField.DROP}:
        fields.fault("attribute", f"is of no use for {field.value}", "remove it")
    return OutletRule(field=field, css=css, xpath=xpath, attribute=attribute, valid_from=first, valid_until=last)


def _check_field(value: Any) -> RuleField:
    text = check_words(value)
    if text in _FIELDS:
        return RuleField(text)
    near = nearest(text, _FIELDS)
    raise Unfit(f'"{text}" is not a field', f"did you mean {near}?" if near else f"write {', '.join(_FIELDS)}")


def _check_css(value: Any) -> str:
    from lxml import etree  # noqa: PLC0415 (to read an outlet without rules takes no parser of pages)
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    text = check_words(value)
    try:
        CSSSelector(text, translator="html")
    except (SyntaxError, ValueError, etree.XPathError) as error:
        raise Unfit(f"not a CSS selector: {error}", 'write one such as "div.article-body > p"') from None
    return text


def _check_xpath(value: Any) -> str:
    from lxml import etree  # noqa: PLC0415 (as above)

    text = check_words(value)
    try:
        etree.XPath(text)
    except etree.XPathError as error:
        raise Unfit(f"not an XPath expression: {error}", "write one such as \"//div[@id='text']\"") from None
    return text
