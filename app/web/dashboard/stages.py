"""The steps of a workflow as pages read them: their kind, who works them, what may come of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OWNER = "project_owner"


@dataclass(frozen=True)
class Stage:
    """A step called NAME."""

    name: str
    kind: str
    roles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    reject_reasons: tuple[str, ...] = ()
    entries: int = 0
    is_paused: bool = False

    def is_worked_by(self, account: str, role: str | None) -> bool:
        """Whether the ACCOUNT, of ROLE in the project (None: in none), may work it."""
        return role == OWNER or (role is not None and (role in self.roles or account in self.members))


def stages_of(told: Mapping[str, Any], configuration: Mapping[str, Any]) -> dict[str, Stage]:
    """The steps by name: what the API has TOLD of a dataset's workflow, and what CONFIGURATION says beyond.

    CONFIGURATION may be that of an older version, whose steps are then those that count.
    """
    declared: Mapping[str, Any] = configuration.get("steps") or {}
    found = {one["name"]: _stage(one, told["edges"], declared.get(one["name"], {})) for one in told["steps"]}
    for name, one in declared.items():
        if name not in found:
            outcomes = tuple(one.get("on") or ())
            found[name] = Stage(name, str(one.get("kind", "")), (), (), outcomes, _reasons(one))
    return found


def _stage(told: Mapping[str, Any], edges: Sequence[Mapping[str, str]], declared: Mapping[str, Any]) -> Stage:
    name = told["name"]
    outcomes = tuple(one["outcome"] for one in edges if one["from"] == name)
    roles, members = tuple(told["roles"]), tuple(told["members"])
    reasons = _reasons(declared)
    return Stage(
        name, told["kind"], roles, members, outcomes, reasons, told["entries"] or 0, bool(told["paused"])
    )


def _reasons(declared: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(one) for one in declared.get("reject_reasons") or ())
