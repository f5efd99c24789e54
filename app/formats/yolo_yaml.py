"""The small part of YAML in which a YOLO data set is described: texts, lists, one level of names. No objects.

What goes beyond it (tags, anchors, several documents, folded texts, deeper levels) is refused.
"""

import re
from collections.abc import Iterator, Sequence

from app.formats.errors import BadDocument

MOST_BYTES = 1 << 20
Value = str | list[str] | dict[str, str]

_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s\-?:,\[\]{}#&*!|>'"%@`][^:#]*?|-?\d+)\s*:(?:\s+(.*))?$"""
)
_ITEM = re.compile(r"-\s+(.*)$")
_FLOW = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'\[\]{},][^\[\]{},]*?)\s*(,|$)""")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b", "a": "\a", "b": "\b", "v": "\v", "f": "\f"}
_SPECIAL = (*"&*!|>%@`{}[],?#", "- ", ": ")


def yaml_of(names: Sequence[str], folders: dict[str, list[str]]) -> str:
    """The description of a data set: FOLDERS are split -> folders of pictures, NAMES those of its classes."""
    lines = [f"{quoted(split)}: {_listed(paths)}" for split, paths in folders.items()]
    lines += [f"nc: {len(names)}", "names:" if names else "names: []"]
    lines += [f"  {index}: {quoted(name)}" for index, name in enumerate(names)]
    return "\n".join(lines) + "\n"


def _listed(paths: list[str]) -> str:
    return quoted(paths[0]) if len(paths) == 1 else f"[{', '.join(map(quoted, paths))}]"


def quoted(text: str) -> str:
    """TEXT between double quotes; plain where it is a word."""
    if re.fullmatch(r"[A-Za-z][A-Za-z_/]*", text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(_escaped(one) for one in text) + '"'


_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def _escaped(one: str) -> str:
    if one in '"\\':
        return "\\" + one
    code = ord(one)
    if one.isprintable() and not 0xFDD0 <= code <= 0xFDEF and code & 0xFFFE != 0xFFFE:
        return one
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def yaml_in(content: bytes) -> dict[str, Value]:
    """The members that CONTENT describes, as texts. Raises BadDocument for what it does not understand."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadDocument("yaml_invalid", "it is no UTF-8") from None
    found: dict[str, Value] = {}
    key = ""
    for number, line in _lines(text):
        inner = line.lstrip(" ")
        item = _ITEM.match(inner)
        if (inner != line or item) and key:
            _nest(found, key, inner, item, number)
            continue
        member = _KEY.match(inner)
        if not member or inner != line:
            raise _refused(number)
        key, rest = _scalar(member[1], number), (member[2] or "").strip()
        if key in found:
            raise BadDocument("yaml_invalid", f"line {number}: {key!r} is there twice")
        found[key] = _value(rest, number)
        key = "" if rest else key
    return found


def _nest(found: dict[str, Value], key: str, inner: str, item: re.Match[str] | None, number: int) -> None:
    """Puts the line INNER, which is below KEY, where it belongs: a list's ITEM or a member."""
    held = found[key]
    if item and (held == "" or isinstance(held, list)):
        found[key] = held if isinstance(held, list) else []
        held = found[key]
        assert isinstance(held, list)
        held.append(_scalar(item[1].strip(), number))
        return
    member = _KEY.match(inner)
    if not member or not member[2] or not (held == "" or isinstance(held, dict)):
        raise _refused(number)
    found[key] = held if isinstance(held, dict) else {}
    held = found[key]
    assert isinstance(held, dict)
    held[_scalar(member[1], number)] = _scalar(member[2].strip(), number)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of TEXT that say something, with their numbers, without comments."""
    is_first = True
    for number, line in enumerate(text.split("\n"), 1):
        line = _uncommented(line.rstrip("\r")).rstrip(" ")
        if "\t" in line or len(line) > 10_000:
            raise _refused(number)
        if line and not (is_first and line == "---"):
            yield number, line
        is_first = is_first and not line


def _uncommented(line: str) -> str:
    quote = ""
    for at, one in enumerate(line):
        if quote:
            # An escaped quote ends nothing; a doubled one ends and begins again.
            if one == quote and not (quote == '"' and _is_escaped(line, at)):
                quote = ""
        elif one in "\"'" and (at == 0 or line[at - 1] in " [,{:-"):
            quote = one
        elif one == "#" and (at == 0 or line[at - 1] == " "):
            return line[:at]
    return line


def _is_escaped(line: str, at: int) -> bool:
    slashes = len(line[:at]) - len(line[:at].rstrip("\\"))
    return slashes % 2 == 1


def _value(given: str, number: int) -> Value:
    if not (given.startswith("[") and given.endswith("]")):
        return _scalar(given, number) if given else ""
    inner, at, found = given[1:-1], 0, []
    while inner[at:].strip():
        one = _FLOW.match(inner, at)
        if not one:
            raise _refused(number)
        found.append(_scalar(one[1], number))
        at = one.end()
    return found


def _scalar(given: str, number: int) -> str:
    if len(given) > 1 and given[0] == given[-1] == "'":
        return given[1:-1].replace("''", "'")
    if len(given) > 1 and given[0] == given[-1] == '"':
        return _ESCAPE.sub(_unescaped, given[1:-1])
    if given.startswith((*_SPECIAL, '"', "'")) or ": " in given or given.endswith(":") or not given:
        raise _refused(number)
    return given


def _unescaped(found: re.Match[str]) -> str:
    what = found[1]
    if len(what) > 1:
        return chr(min(int(what[1:], 16), 0x10FFFF))
    return _PLAIN.get(what, what)


def _refused(number: int) -> BadDocument:
    return BadDocument(
        "yaml_not_understood",
        f"line {number}: only `key: text`, lists and one level of `key: text` are read; write it plainly",
    )
