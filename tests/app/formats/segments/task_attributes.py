"""What tests of Segments' formats declare: real shapes from its API, and any that there may be."""

from typing import Any

from hypothesis import strategies as st

SEED: dict[str, Any] = {
    "format_version": "0.1",
    "categories": [{"name": "cat", "id": 0}, {"name": "dog", "id": 1}],
}
RICH: dict[str, Any] = {
    "format_version": "0.1",
    "categories": [
        {
            "name": "car",
            "id": 1,
            "color": [255, 0, 10],
            "has_instances": True,
            "attributes": [
                {"name": "color", "input_type": "select", "values": ["red", "blue"], "default_value": "red"},
                {"name": "wheels", "input_type": "number", "min": 0, "max": 8, "step": 1, "default_value": 4},
                {"name": "at", "input_type": "vector3", "is_track_level": True},
                {
                    "name": "parts",
                    "input_type": "multiselect",
                    "values": ["door", "roof"],
                    "default_value": "door",
                },
                {"name": "note", "input_type": "text", "is_mandatory": True, "default_value": ""},
                {"name": "turn", "input_type": "quaternion"},
                {"name": "line", "input_type": "points"},
                {
                    "name": "parked",
                    "input_type": "checkbox",
                    "default_value": False,
                    "sensor_filter": "Lidar",
                },
                {"name": "speed", "input_type": "number", "min": "", "max": "", "step": ""},
            ],
            "dimensions": {"x": 4.5, "y": None, "z": 1},
            "link_attributes": [{"name": "why", "input_type": "text", "is_track_level": False}],
            "link_category_restrictions": [1, 2],
        },
        {"name": "sky", "id": 2, "color": [0, 128, 255, 77], "has_instances": False},
        {"name": "car", "id": 9, "color": None, "has_instances": None, "attributes": None},
    ],
    "image_attributes": [
        {"name": "weather", "input_type": "select", "values": ["sunny", "rain"]},
        {"name": "car", "input_type": "checkbox"},
    ],
    "warning_rules": [{"name": "intersecting-cuboids", "excluded_categories": [2]}],
}

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=140)
words = st.sampled_from(["red", "blue", "Red", "red ", "", "a/b", "\n", "x" * 300]) | names
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


def with_extra(members: dict[str, Any], *known: str) -> Any:
    """Objects of MEMBERS, of which those not KNOWN to be there may be missing, and of others."""
    given = st.fixed_dictionaries(
        {name: one for name, one in members.items() if name in known},
        optional={name: one for name, one in members.items() if name not in known},
    )
    others = st.dictionaries(names.filter(lambda name: name not in members), anything, max_size=2)
    return st.tuples(given, others).map(lambda pair: pair[0] | pair[1])


attributes = with_extra(
    {
        "name": words,
        "input_type": st.sampled_from(
            ["select", "multiselect", "text", "number", "checkbox", "vector3", "quaternion", "points", "new"]
        ),
        "values": st.lists(words, max_size=4) | anything,
        "default_value": anything | st.sampled_from(["red", "blue"]),
        "min": anything | st.integers(0, 9),
        "max": anything | st.integers(5, 20),
        "step": anything,
        "is_mandatory": st.booleans() | st.none(),
    },
    "name",
    "input_type",
)
colors = st.lists(st.integers(0, 255), min_size=3, max_size=4) | st.none()
categories = with_extra(
    {
        "name": names,
        "id": st.integers(0, 2**53 - 1) | st.integers(0, 3),
        "color": colors,
        "has_instances": st.booleans() | st.none(),
        "attributes": st.lists(attributes, max_size=4) | st.none(),
    },
    "name",
    "id",
)
task_attributes = with_extra(
    {
        "format_version": st.sampled_from(["0.1", 0.1]),
        "categories": st.lists(categories, max_size=4, unique_by=lambda one: one["id"]) | st.none(),
        "image_attributes": st.lists(attributes, max_size=4) | st.none(),
    }
)
