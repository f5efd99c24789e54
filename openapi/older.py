"""The same document for tools that read OpenAPI 3.0 alone, the bundled Swagger UI 4 among them.

What 3.0 cannot say (constants beside references, patterns of names, null beside references) is said
more widely there: the document of 3.1 is the contract.
"""

from typing import Any

_UNKNOWN = ("patternProperties", "contentMediaType", "const")


def older(document: dict[str, Any]) -> dict[str, Any]:
    """DOCUMENT, in OpenAPI 3.0.3."""
    rewritten: dict[str, Any] = _rewritten(document)
    info = {name: value for name, value in document["info"].items() if name != "summary"}
    return rewritten | {"openapi": "3.0.3", "info": info}


def _rewritten(node: Any) -> Any:
    if isinstance(node, list):
        return [_rewritten(one) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    return {name: _member(name, value) for name, value in _schema(node).items()}


def _member(name: str, value: Any) -> Any:
    if name in ("example", "default", "enum"):
        return value
    if name == "properties":  # names, of which one may be a word of ours
        return {name: _rewritten(schema) for name, schema in value.items()}
    return _rewritten(value)


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    """NODE with the words of 3.0, where it is a schema that uses others."""
    found = {name: value for name, value in node.items() if name not in _UNKNOWN or not _is_schema(node)}
    if "const" in node and _is_schema(node):
        found |= {"type": "boolean" if node["const"] is True else "string", "enum": [node["const"]]}
    if "exclusiveMinimum" in found and _is_schema(node):
        found |= {"minimum": found["exclusiveMinimum"], "exclusiveMinimum": True}
    if isinstance(node.get("type"), list):
        found |= _nullable(node["type"])
    if "anyOf" in found and {"type": "null"} in found["anyOf"]:
        found |= {"anyOf": [one for one in found["anyOf"] if one != {"type": "null"}], "nullable": True}
    return found


def _is_schema(node: dict[str, Any]) -> bool:
    return "const" in node or "type" in node or "patternProperties" in node


def _nullable(types: list[str]) -> dict[str, Any]:
    plain = [one for one in types if one != "null"]
    if len(plain) == 1:
        return {"type": plain[0], "nullable": True}
    return {"type": "string", "nullable": True, "anyOf": [{"type": one} for one in plain]}
