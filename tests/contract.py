"""The published contract as a judge: whether an answer, and a request that succeeded, are what it says.

Every answer that any test sees passes here (`tests.lab.Person.ask`). What the contract leaves open for
the sake of clients (members that come later, attributes that `fields` leaves out) is closed here.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from jsonschema_rs import Draft202012, Draft202012Validator, Registry

from app.catalog import CARDS
from app.web.jsonapi.mounts import MOUNTS
from app.web.jsonapi.negotiation import LINES
from app.web.jsonapi.streams import MEDIA_TYPE as STREAM
from openapi.build import document as built
from openapi.schemas import name_of

_TWIN = next(mount for mount in MOUNTS if mount.path)
_TWINS_TYPE = re.compile(rf'"{re.escape(_TWIN.type_prefix)}([a-z_]+)"')
_UNROUTED = {404, 405}  # what may be said of a path or method that the contract does not know
_ANSWERED, _SENT = "contract:answered", "contract:sent"


class Broken(AssertionError):
    """An answer, or a request that succeeded, is not what the contract says."""


class Contract:
    """The judge of one DOCUMENT: the one that the cards make, where none is given."""

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self._document = document or built()
        # What the service sends is closed; what clients send is not, for what is ignored may stand there.
        documents = [(_ANSWERED, _sealed(self._document)), (_SENT, self._document)]
        self._registry = Registry(documents, draft=Draft202012)
        self._validators: dict[str, Draft202012Validator] = {}
        schemas = self._document["components"]["schemas"]
        self._attributes = {
            card.type: schemas[f"{name_of(card)}Attributes"]["properties"].keys() for card in CARDS
        }
        # Names come before parameters.
        self._templates = sorted(self._document["paths"], key=lambda path: (path.count("{"), path))
        self._pointer_to = lru_cache(4096)(self._find)

    def check(
        self,
        method: str,
        url: str,
        status: int,
        headers: Mapping[str, str],
        text: str,
        sent: bytes | str | None = None,
    ) -> None:
        """Raise Broken where the answer to METHOD at URL is not the contract's. SENT is the body sent."""
        path = urlsplit(url).path
        if path.startswith(f"{_TWIN.path}/"):
            path, text = path.removeprefix(_TWIN.path), _TWINS_TYPE.sub(r'"\1"', text)
        pointer = self._pointer_to("get" if method == "HEAD" else method.lower(), path.rstrip("/"))
        if pointer is None or (method, status) == ("HEAD", 405):  # where GET may change something
            if status not in _UNROUTED and (method, status) != ("OPTIONS", 204):
                raise Broken(f"{method} {path} is no operation of the contract, and answered {status}")
            return
        document = self._check_answer(pointer, status, headers, "" if method == "HEAD" else text)
        if document is not None and "jsonapi" in document and "fields" not in url:
            self._check_whole(document)
        if 200 <= status < 300 and sent:
            self._check_request(pointer, sent, document)

    def _find(self, method: str, path: str) -> str | None:
        """A JSON pointer to the operation in the document."""
        for template in self._templates:
            if method in self._document["paths"][template] and _pattern(template).fullmatch(path):
                return f"/paths/{template.replace('~', '~0').replace('/', '~1')}/{method}"
        return None

    def _check_answer(self, pointer: str, status: int, headers: Mapping[str, str], text: str) -> Any:
        """The answer's JSON; None where it is none."""
        if str(status) not in self._at(f"{pointer}/responses")[1]:
            raise Broken(f"{self._name(pointer)}: no {status} is known of: {text[:500]}")
        pointer, response = self._at(f"{pointer}/responses/{status}")
        for name in response.get("headers", {}):
            self._check_header(f"{pointer}/headers/{name}", name, headers)
        content = response.get("content", {})
        media_type = headers.get("content-type", "")
        if media_type not in content:  # it may be one with an extension of its own
            media_type = media_type.partition(";")[0]
        if media_type not in content and (content or text):
            raise Broken(f"{pointer}: no {media_type or 'missing media type'} is known of: {text[:500]}")
        if media_type == STREAM:
            self._check_stream(f"{pointer}/content/{media_type.replace('/', '~1')}", text)
        if media_type == LINES and text:
            self._check_lines(f"{pointer}/content/{media_type.replace('/', '~1')}", text)
        if "json" not in media_type or media_type == LINES or not text:
            return None
        value = json.loads(text)
        self._validate(_ANSWERED, f"{pointer}/content/{media_type.replace('/', '~1')}/schema", value)
        return value

    def _check_header(self, pointer: str, name: str, headers: Mapping[str, str]) -> None:
        pointer, header = self._at(pointer)
        value = headers.get(name.lower())
        if value is not None:
            self._validate(_ANSWERED, f"{pointer}/schema", value)
        elif header.get("required"):
            raise Broken(f"the header {name} is missing")

    def _check_stream(self, pointer: str, text: str) -> None:
        """Raise Broken where what the events of a stream bear is not what they are said to."""
        for line in text.split("\n"):
            if line.startswith("data: "):
                self._validate(_ANSWERED, f"{pointer}/x-data", json.loads(line.removeprefix("data: ")))

    def _check_lines(self, pointer: str, text: str) -> None:
        """Raise Broken where a line is no record, or the last is none that a stream ends with."""
        *lines, last, rest = text.split("\n")
        if rest:
            raise Broken(f"{pointer}: the last line is cut off: {rest[:500]}")
        for line in lines:
            self._validate(_ANSWERED, f"{pointer}/x-data", json.loads(line))
        self._validate(_ANSWERED, f"{pointer}/x-last", json.loads(last))

    def _check_whole(self, document: Any) -> None:
        """Raise Broken where a record lacks an attribute, though no `fields` left it out."""
        for record in _records(document):
            missing = self._attributes.get(record["type"], set()) - record.get("attributes", {}).keys()
            if missing:
                raise Broken(f"a record of {record['type']} lacks {', '.join(sorted(missing))}")

    def _check_request(self, pointer: str, sent: bytes | str, answer: Any) -> None:
        # A notification may be refused as well, and nothing is answered.
        is_refused_within = self._name(pointer).endswith("rpc") and (
            answer is None or '"error"' in json.dumps(answer) or _has_notification(sent)
        )
        if "requestBody" not in self._at(pointer)[1] or is_refused_within:
            return
        pointer, body = self._at(f"{pointer}/requestBody")
        kinds = [kind.replace("/", "~1") for kind in body["content"]]
        with suppress(ValueError):  # a compressed body, or a file
            value = json.loads(sent)
            self._validate_any(_SENT, [f"{pointer}/content/{kind}/schema" for kind in kinds], value)

    def _validate_any(self, document: str, pointers: list[str], value: Any) -> None:
        """Raise Broken where VALUE is none of what POINTERS lead to."""
        for pointer in pointers[1:]:
            with suppress(Broken):
                return self._validate(document, pointer, value)
        return self._validate(document, pointers[0], value)

    def _validate(self, document: str, pointer: str, value: Any) -> None:
        address = f"{document}#{quote(pointer, safe='/~')}"
        validator = self._validators.get(address)
        if validator is None:
            validator = Draft202012Validator(
                {"$ref": address}, registry=self._registry, validate_formats=True
            )
            self._validators[address] = validator
        if not validator.is_valid(value):
            raise Broken(f"{address}: {_told(validator.iter_errors(value))}")

    def _at(self, pointer: str) -> tuple[str, dict[str, Any]]:
        """What stands at POINTER, and where: a reference is followed."""
        node: Any = self._document
        for step in pointer.split("/")[1:]:
            node = node[step.replace("~1", "/").replace("~0", "~")]
        return self._at(node["$ref"].removeprefix("#")) if "$ref" in node else (pointer, node)

    def _name(self, pointer: str) -> str:
        return str(self._at(pointer)[1]["operationId"])


def _told(faults: Iterable[Any]) -> str:
    told = (f"/{'/'.join(map(str, one.instance_path))}: {one.message[:400]}" for one in faults)
    return "; ".join(islice(told, 5))


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", path)))


def _sealed(node: Any) -> Any:
    """NODE, in which no object that lists its members has others: the service sends nothing unsaid."""
    if isinstance(node, list):
        return [_sealed(one) for one in node]
    if not isinstance(node, dict):
        return node
    sealed = {name: _sealed(one) for name, one in node.items()}
    lists_members = node.get("type") == "object" and isinstance(node.get("properties"), dict)
    return sealed | ({"additionalProperties": False} if lists_members else {})


def _has_notification(sent: bytes | str) -> bool:
    """Whether one of several calls is a notification."""
    try:
        calls = json.loads(sent)
    except ValueError:
        return False
    return isinstance(calls, list) and any(isinstance(one, dict) and "id" not in one for one in calls)


def _records(document: Any) -> Iterator[Mapping[str, Any]]:
    """The resource objects of DOCUMENT; identifiers have no links."""
    data = document.get("data")
    found = data if isinstance(data, list) else [data]
    results = (one.get("data") for one in document.get("atomic:results", ()))
    yield from (one for one in (*found, *results, *document.get("included", ())) if one and "links" in one)
