"""Examples of whole answers in the API's description, put together from those of their fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REF = "#/components/schemas/"
_OF_TYPE: Mapping[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 0.5,
    "boolean": False,
    "array": [],
    "object": {},
}
_OF_FORMAT: Mapping[str, str] = {"date-time": "2020-05-09T16:00:05Z", "date": "2020-05-09"}


def add_examples(description: dict[str, Any]) -> None:
    """Gives each answer in JSON that has no example one, made of its schema."""
    schemas = description.get("components", {}).get("schemas", {})
    operations = (each for methods in description["paths"].values() for each in methods.values())
    for response in (each for operation in operations for each in operation["responses"].values()):
        for content in response.get("content", {}).values():
            if "example" not in content and "schema" in content:
                content["example"] = example_of(content["schema"], schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value that the schema allows: its own example where it has one. `schemas` are those that it may refer to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    told = _told(schema)
    if told:
        return told[0]
    if parts := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return example_of(parts[0], schemas)
    if "properties" in schema:
        return {name: example_of(of, schemas) for name, of in schema["properties"].items()}
    if "items" in schema:
        return [example_of(schema["items"], schemas)]
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE.get(schema.get("type", "object")))


def _told(schema: Mapping[str, Any]) -> list[Any]:
    """Values that the schema itself names."""
    named = schema.get("examples") or schema.get("enum") or []
    return [*named, *(schema[name] for name in ("const", "default") if name in schema)]
