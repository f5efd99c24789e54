"""What a request prefers (RFC 7240), and the answer of a call that a job does. It does nothing of it itself.

The rule: a call that may be done at once or by a job is done by a job, and answers 202, where the client
prefers `respond-async`. `return=minimal` is for what is done at once. Others (`wait` ...) are ignored.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from starlette.requests import Request

from app.declare import RESOURCES
from app.operations.idempotency import Answer
from app.query import Query
from app.web.jsonapi.calls import Call

ASYNC = "respond-async"
MINIMAL = "return=minimal"


class Preferred(NamedTuple):
    """What the client prefers, of what we heed."""

    is_async: bool
    is_minimal: bool


def preferred(request: Request) -> Preferred:
    found = preferences(request.headers.getlist("prefer"))
    return Preferred(ASYNC in found, found.get("return") == "minimal")


def preferences(headers: Iterable[str]) -> Mapping[str, str]:
    """What the Prefer HEADERS ask for, by name, with its value: of two of a name the first."""
    found: dict[str, str] = {}
    for part in ",".join(headers).split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def minimal() -> Answer:
    """The answer of what is done at once, without a body."""
    return Answer(204, None, {"Preference-Applied": MINIMAL})


def by_job(call: Call, job_id: str, body: bytes, preferred: Preferred, *, shows_job: bool = True) -> Answer:
    """The answer of CALL, which the job does. SHOWS_JOB: the BODY is the job's own document."""
    address = call.at(RESOURCES["jobs"], job_id, call.asked(Query())).address
    headers = {"Location": address}
    if shows_job:
        headers |= {"Content-Location": address}
    if preferred.is_async:
        headers |= {"Preference-Applied": ASYNC}
    return Answer(202, body, headers)
