"""What a flow can refuse. Codes are stable."""

from collections.abc import Sequence
from typing import NamedTuple


class Refused(Exception):
    """The event cannot happen to a record in this state. STEP is where it is, where that is the reason."""

    def __init__(self, code: str, detail: str, step: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.step = step


class Missing(Exception):
    """The event needs a fact that was not given."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"{fact} is required at this step")
        self.fact = fact


class BadFact(Exception):
    """The event was given a FACT that the step does not know."""

    def __init__(self, fact: str, detail: str) -> None:
        super().__init__(detail)
        self.fact = fact
        self.detail = detail


class ConfigurationFault(NamedTuple):
    """What is wrong with a configuration, at the member POINTER (RFC 6901) of it."""

    pointer: str
    code: str
    detail: str


class BadConfiguration(Exception):
    """The configuration breaks rules: FAULTS has one at least."""

    def __init__(self, faults: Sequence[ConfigurationFault]) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults = tuple(faults)
