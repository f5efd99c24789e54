"""Whether the contenders answer alike: what is measured is worth nothing where they do not."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bench.asking import Different, asked
from bench.contenders import FLOOR, OBVIOUS, POSTIL, UNRECORDED
from bench.measures.measure import HOST, Measure, Script

CHECKED = 5  # scripts of a measure

_BASE = f"http://{HOST}".encode()
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_TOKEN = re.compile(rb'"token":"[A-Za-z0-9_-]{24}"')


def check(measure: Measure, scripts: list[Script], ports: Mapping[str, int]) -> None:
    """Ask every contender for the same. Raises Different.

    The floor, and Postil without its history, must send Postil's bytes; the obvious program the same JSON,
    where links need no host.
    """
    for script in scripts[:CHECKED]:
        answers = {name: asked(name, port, script, measure.status) for name, port in ports.items()}
        for n, ours in enumerate(answers[POSTIL.name]):
            for name in {FLOOR.name, UNRECORDED.name} & answers.keys():
                theirs = answers[name][n]
                if unmade(theirs, measure) != unmade(ours, measure):
                    raise Different(_first(name, unmade(ours, measure), unmade(theirs, measure)))
            if OBVIOUS.name in answers:
                mine, others = _parsed(ours, measure), _parsed(answers[OBVIOUS.name][n], measure)
                if mine != others:
                    raise Different(_first(OBVIOUS.name, *map(msgspec.json.encode, (mine, others))))


def unmade(document: bytes, measure: Measure) -> bytes:
    """DOCUMENT without what is new in each change: ids by the order of their mention, no times, no tokens."""
    if not measure.is_changing:
        return document
    names: dict[bytes, bytes] = {}
    named = _ID.sub(lambda found: names.setdefault(found[0], b"id-%d" % len(names)), document)
    return _TOKEN.sub(b"token", _TIME.sub(b"time", named))


def _parsed(document: bytes, measure: Measure) -> Any:
    parsed = msgspec.json.decode(unmade(document.replace(_BASE, b""), measure))
    # Of the links around the data, which there are: each program writes a query in its own spelling.
    return {**parsed, "links": sorted(parsed["links"])}


def _first(name: str, ours: bytes, theirs: bytes) -> str:
    at = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    around = slice(max(0, at - 80), at + 80)
    return f"{name} answers otherwise than postil, from byte {at} on:\n{ours[around]!r}\n{theirs[around]!r}"
