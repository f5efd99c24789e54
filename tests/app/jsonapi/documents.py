"""Whether a document is one of JSON:API 1.1: items 9 to 16 and 18 of the checklist, on any answer."""

import re
from typing import Any

_GLOBAL = "a-zA-Z0-9\u0080-\U0010ffff"
_MEMBER = re.compile(rf"[{_GLOBAL}](?:[{_GLOBAL}_ -]*[{_GLOBAL}])?")
_TOP = {"data", "errors", "meta", "jsonapi", "links", "included"}
_LINKS = {"self", "related", "describedby", "first", "last", "prev", "next"}
_ERROR = {"id", "links", "status", "code", "title", "detail", "source", "meta"}


def check(document: Any, prefix: str = "") -> None:
    """Assert that DOCUMENT keeps the rules; its types begin with PREFIX."""
    assert isinstance(document, dict)
    assert document.keys() <= _TOP
    assert document.keys() & {"data", "errors", "meta"}
    assert not {"data", "errors"} <= document.keys()
    assert "data" in document or "included" not in document
    _check_links(document.get("links", {}), _LINKS)
    assert isinstance(document.get("meta", {}), dict)
    assert document.get("jsonapi", {"version": "1.1"})["version"] == "1.1"
    for resource in _listed(document.get("data")):
        _check_resource(resource, prefix)
    for resource in document.get("included", []):
        _check_resource(resource, prefix)
        assert "links" in resource
    _check_compound(document)
    if "errors" in document:
        _check_errors(document["errors"])


def _listed(data: Any) -> list[Any]:
    if data is None:
        return []
    return data if isinstance(data, list) else [data]


def _check_resource(resource: Any, prefix: str) -> None:
    assert resource.keys() <= {"type", "id", "attributes", "relationships", "links", "meta"}
    _check_identity(resource, prefix)
    attributes, relationships = resource.get("attributes", {}), resource.get("relationships", {})
    assert isinstance(attributes, dict)
    assert isinstance(relationships, dict)
    assert not {"id", "type"} & (attributes.keys() | relationships.keys())
    assert not attributes.keys() & relationships.keys()
    assert all(_MEMBER.fullmatch(name) for name in (*attributes, *relationships))
    _check_links(resource.get("links", {}), {"self"})
    assert isinstance(resource.get("meta", {}), dict)
    for relationship in relationships.values():
        _check_relationship(relationship, prefix)


def _check_identity(resource: Any, prefix: str) -> None:
    assert isinstance(resource["id"], str)
    assert isinstance(resource["type"], str)
    assert resource["type"].startswith(prefix)
    assert _MEMBER.fullmatch(resource["type"].removeprefix(prefix))


def _check_relationship(relationship: Any, prefix: str) -> None:
    assert relationship.keys() <= {"links", "data", "meta"}
    assert relationship
    if "links" in relationship:
        _check_links(relationship["links"], {"self", "related"})
        assert relationship["links"]
    for identifier in _listed(relationship.get("data")):
        assert identifier.keys() <= {"type", "id", "meta"}
        _check_identity(identifier, prefix)


def _check_links(links: Any, allowed: set[str]) -> None:
    assert isinstance(links, dict)
    assert links.keys() <= allowed
    for link in links.values():
        assert link is None or isinstance(link, str)
        assert link is None or re.fullmatch(r"https?://[!#$%&'()*+,/:;=?@\w.~-]+", link, re.ASCII), link


def _check_compound(document: Any) -> None:
    """Nothing twice, and every included record is led to by a chain of identifiers from the primary data."""
    if "included" not in document:
        return
    primary = _listed(document["data"])
    included = {_key(one): one for one in document["included"]}
    assert len(included) == len(document["included"])
    whole = [one for one in primary if one.keys() & {"attributes", "relationships", "links"}]
    assert not included.keys() & {_key(one) for one in whole}
    reached: set[tuple[str, str]] = set()
    waiting = list(primary)
    while waiting:
        one = waiting.pop()
        linked = [ref for link in one.get("relationships", {}).values() for ref in _listed(link.get("data"))]
        for ref in (*linked, one):
            if _key(ref) in included and _key(ref) not in reached:
                reached.add(_key(ref))
                waiting.append(included[_key(ref)])
    assert reached == included.keys()


def _key(one: Any) -> tuple[str, str]:
    return one["type"], one["id"]


def _check_errors(errors: Any) -> None:
    assert isinstance(errors, list)
    assert errors
    for error in errors:
        assert error.keys() <= _ERROR
        assert all(isinstance(error[name], str) and error[name] for name in ("status", "code", "title"))
        assert len(error.get("source", {"pointer": ""})) == 1
        assert error.get("source", {"pointer": ""}).keys() <= {"pointer", "parameter", "header"}
        for name, link in error.get("links", {}).items():
            assert name in ("about", "type")
            assert isinstance(link, str)
