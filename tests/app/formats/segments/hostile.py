"""Whatever a client, or whoever has what was kept in hands, may make of the members that are known."""

from typing import Any

from hypothesis import strategies as st

_MEMBERS = """
    annotations frames sensors id category_id type points attributes name task_type point_annotations
    segmentation_bitmap url position dimensions rotation start end image_attributes track_id
    segments kept without at sensor frame repeated rest cloud unlisted size counts instance digest label value
"""
_WORDS = "bbox polygon cuboid car weather Lidar image-vector-sequence box point_set mask box a"
_ODD: tuple[Any, ...] = (None, True, -1, 0, 1, 2, 0.5, [], {}, float("nan"), 10**400, 10**9, "\ud800")
_PLACES: tuple[Any, ...] = ([1, 1], [[0, 0], [1, 1]], [[0, 0], [1, 1], [1, 0]])

leaves: Any = st.sampled_from([*_WORDS.split(), *_ODD, *_PLACES])
hostile = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_MEMBERS.split()), inner, max_size=5)
    ),
    max_leaves=20,
)
