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
    "null": None,
    "object": {},
}
_OF_FORMAT: Mapping[str, str] = {"date-time": "2020-05-09T16:00:05Z", "date": "2020-05-09"}


def add_examples(description: dict[str, Any]) -> None:
    """Gives each answer in JSON that has no example one, made of its schema."""
    schemas = description.get("components", {}).get("schemas", {})
    for operations in description["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if "example" not in content and "examples" not in content and "schema" in content:
                        content["example"] = example_of(content["schema"], schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value that the schema allows: its own example where it has one. `schemas` are those that it may refer to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    for given in ("anyOf", "oneOf", "allOf"):
        if schema.get(given):
            return example_of(schema[given][0], schemas)
    if "properties" in schema:
        return {name: example_of(of, schemas) for name, of in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)] if "items" in schema else []
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE.get(schema.get("type", "object")))
