"""The lists behind numbers, as addresses. It knows no page."""

from collections.abc import Sequence
from typing import Any

from app.web.dashboard.listing import address


def entries_at(dataset_id: str, as_of: str | None = None, **filters: Any) -> str:
    """The dataset's entries that all FILTERS match, as they were AS_OF a time: now, where none is given."""
    asked = {f"filter[{name}]": value for name, value in filters.items() if value is not None}
    asked |= {"as_of": as_of} if as_of else {}
    return address(f"/ui/datasets/{dataset_id}/entries", asked.items())


def entries_on(dataset_id: str, day: str, today: str, steps: Sequence[str] | None) -> str:
    """The dataset's entries at the end of DAY (UTC), of those at STEPS alone where they are told."""
    as_of = None if day >= today[:10] else f"{day[:10]}T23:59:59.999999Z"
    return entries_at(dataset_id, as_of, wf_step__in=None if steps is None else ",".join(steps))
