"""What tests of labels share: any JSON, small configurations, and how much work something takes."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import strategies as st

from tests.workflow.json_places import Json
from workflow.errors import BadConfiguration
from workflow.labels.compiling import compiled
from workflow.labels.declared import Labels
from workflow.labels.numbering import numbered
from workflow.labels.plans import Plan
from workflow.labels.reading import canonical

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}
SEEDS = st.integers(0, 2**32)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["select", "checklist", "#aabbcc", "dog", "\ud800", "box", 10**400]),
    lambda one: (
        st.lists(one, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "type", "options", "attributes", "classes", "classifications"])
            | st.text(max_size=3),
            one,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def labels_that(configuration: Json) -> Labels:
    return compiled(canonical(configuration))


def kept_of(configuration: Json) -> Json:
    """CONFIGURATION as a dataset has it."""
    return numbered({}, canonical(configuration))


def numbers(configuration: Json) -> dict[str, int]:
    return {one["id"]: one["number"] for one in configuration["classes"]}


def calls(run: Callable[[], object]) -> int:
    """How many functions RUN calls, Python's own among them."""
    count = 0

    def counted(frame: FrameType, event: str, what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def refused(plan: Callable[[], Plan]) -> list[tuple[str, str]]:
    with pytest.raises(BadConfiguration) as raised:
        plan()
    return [(fault.pointer, fault.code) for fault in raised.value.faults]
