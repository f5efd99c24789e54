"""What can go wrong, in the service's own words. Each face translates these for its clients.

A code is stable and never reused; a detail says what was wrong and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. POINTER is the JSON pointer of the part of the body at fault."""

    code: str
    detail: str
    pointer: str | None = None


class Problem(Exception):
    """A failure that the client may be told. SOURCE names the part of the request at fault."""

    code = "problem"

    def __init__(
        self,
        detail: str,
        source: str | None = None,
        *,
        code: str | None = None,
        meta: Mapping[str, Any] | None = None,
        about: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.source = source
        self.code = code or type(self).code
        self.meta = meta
        self.about = about  # a URI that identifies the kind of problem

    @property
    def faults(self) -> Sequence[Fault]:
        return (Fault(self.code, self.detail, self.source),)


class BadQuery(Problem):
    """A query parameter is unknown or unreadable. `source` is its name."""

    code = "parameter_invalid"


class BadHeader(Problem):
    """A request header is unreadable. `source` is its name."""

    code = "header_invalid"


class Malformed(Problem):
    """The body is not a document of the right shape. `source` is a JSON pointer."""

    code = "document_invalid"


class Invalid(Problem):
    """The body is readable and breaks rules. `faults` are all of them."""

    code = "attribute_invalid"

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].detail, faults[0].pointer, code=faults[0].code)
        self._faults = faults

    @property
    def faults(self) -> Sequence[Fault]:
        return self._faults


class Unauthenticated(Problem):
    """No credential, or one that is not ours, has expired or was revoked."""

    code = "unauthenticated"


class Forbidden(Problem):
    """The actor sees the record and may not do this to it."""

    code = "forbidden"


class NotFound(Problem):
    """There is no such record, or the actor may not see it."""

    code = "not_found"


class RelatedNotFound(Problem):
    """A record that the body refers to does not exist, or the actor may not see it."""

    code = "related_not_found"


class Conflict(Problem):
    """The request is at odds with what is there: a taken id, a wrong type, a state that forbids it."""

    code = "conflict"


class Gone(Problem):
    """It was there, and is no longer kept."""

    code = "gone"


class PreconditionFailed(Problem):
    """The record is not in the version that the client expects. `meta` bears the one it is in."""

    code = "precondition_failed"


class Overloaded(Problem):
    """More is asked than can be done now; nothing was changed; ask again later."""

    code = "overloaded"


class Unavailable(Problem):
    """The database cannot be used now; nothing was changed."""

    code = "unavailable"


class OutcomeUnknown(Problem):
    """The connection was lost while a change was being committed: it may have happened or not."""

    code = "outcome_unknown"
