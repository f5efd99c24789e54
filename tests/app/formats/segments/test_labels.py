"""Labels as Segments' clients send them, as annotations, and back."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.formats.errors import BadMember
from app.formats.segments.classes import Classes
from app.formats.segments.labels import Place, Read, read, write
from app.formats.segments.soundness import same
from app.geometry import TYPES, shape_of
from tests.app.formats.segments.hostile import hostile
from tests.app.formats.segments.labels import (
    BITMAP,
    BITMAPS,
    BY_TASK,
    CLASSES,
    CLOUD,
    CONFIGURATION,
    CUBOIDS,
    REAL,
    SENSORS,
    SEQUENCE,
    SPACE,
    TEXT,
    VECTOR,
    masks,
)
from workflow.labels.checking import faults_in
from workflow.labels.known import labels_of

LABELS = labels_of(msgspec.json.encode(CONFIGURATION).decode())
slow = settings(
    max_examples=40,  # of each of many task types
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
tasks = pytest.mark.parametrize("task_type", BY_TASK)
real = pytest.mark.parametrize(
    ("task_type", "label"), REAL, ids=[f"{n}-{name}" for n, (name, _) in enumerate(REAL)]
)


def read_in(label: Any, task_type: str) -> Read:
    return read(label, task_type, CLASSES, masks, size=(4, 5))


def written(found: Read, task_type: str, **more: Any) -> Any:
    """What is FOUND as a label again, once it was kept: as JSON."""
    annotations, vendor = msgspec.json.decode(msgspec.json.encode([found.annotations, found.vendor]))
    return write(annotations, vendor, task_type, CLASSES, new_url, **more)


def new_url(place: Place) -> str:
    return f"new-{place.sensor}-{place.frame}"


# ---- what was sent comes back


@tasks
@slow
@given(data=st.data())
def test_what_was_sent_comes_back_equal(task_type: str, data: Any) -> None:
    label = data.draw(BY_TASK[task_type])

    assert same(written(read_in(label, task_type), task_type), label)


@real
def test_real_labels_come_back_equal(task_type: str, label: Any) -> None:
    assert same(written(read_in(label, task_type), task_type), label)


@real
def test_real_labels_come_back_equal_without_their_pictures(task_type: str, label: Any) -> None:
    found = read(label, task_type, CLASSES)

    assert same(written(found, task_type), label)


@real
def test_nothing_sent_comes_back_as_nothing(task_type: str, label: Any) -> None:
    assert written(read_in(None, task_type), task_type) is None


@tasks
@slow
@given(data=st.data())
def test_what_is_read_is_what_may_be_kept(task_type: str, data: Any) -> None:
    label = data.draw(BY_TASK[task_type])

    for one in read_in(label, task_type).annotations:
        assert one.keys() == {"dimensions", "annotation", "metadata"}
        assert faults_in(LABELS, one["dimensions"], one["annotation"], TYPES) == []
        assert not one["dimensions"] or shape_of(one["dimensions"])


@real
def test_what_is_read_does_not_change_what_was_given(task_type: str, label: Any) -> None:
    before = deepcopy(label)

    read_in(label, task_type)

    assert same(label, before)


def test_whole_numbers_and_fractions_come_back_as_they_were() -> None:
    box = {"id": 1, "category_id": 1, "type": "bbox", "points": [[0.5, 0.0], [1, 2]]}  # 0.5 + 0.5 is 1.0

    label = {"annotations": [box]}

    assert same(written(read_in(label, "vector"), "vector"), label)


# ---- what it means


def test_shapes_in_pictures() -> None:
    found = [one["dimensions"] for one in read_in(VECTOR, "vector").annotations]

    assert found == [
        {"type": "box", "x": 12, "y": 4.5, "width": 20.1 - 12, "height": 25.5},
        {"type": "polygon", "points": [[0, 0], [9, 0], [9, 9.25]]},
        {"type": "polyline", "points": [[0, 0], [9, 0]], "track": "3"},
        {"type": "point", "x": 7, "y": 8},
        {},
        {},
    ]


def test_categories_and_attributes() -> None:
    first, second, third, *_, weather, rain = read_in(VECTOR, "vector").annotations

    assert first["annotation"] == {
        "label": "car",
        "attributes": {"color": "red", "wheels": 4, "parts": ["roof", "door"]},
    }
    assert (second["annotation"], third["annotation"]) == ({"label": "sky"}, {"label": "car-2"})
    assert weather["annotation"] == {"label": "weather", "value": "sunny"}
    assert rain["annotation"] == {"label": "car-3", "value": True}


def test_frames_tracks_and_keyframes() -> None:
    first, answer, last = read_in(SEQUENCE, "image-vector-sequence").annotations

    assert (first["dimensions"]["frame"], last["dimensions"]["frame"]) == (0, 2)
    assert (first["dimensions"]["track"], first["dimensions"]["keyframe"]) == ("1", True)
    assert (last["dimensions"]["track"], last["dimensions"]["keyframe"]) == ("2", False)
    assert answer["metadata"]["segments"]["frame"] == 0


def test_masks_are_those_of_the_picture() -> None:
    first, second = read_in(BITMAP, "segmentation-bitmap").annotations

    assert first["dimensions"] == {"type": "mask", "size": [4, 5], "counts": [0, 2, 18], "instance": 1}
    assert second["dimensions"] == {"type": "mask", "size": [4, 5], "counts": [2, 18], "instance": 2}


def test_masks_are_empty_where_there_is_no_picture() -> None:
    first, second = read(BITMAP, "segmentation-bitmap", CLASSES, size=(2, 3)).annotations

    assert first["dimensions"] == {"type": "mask", "size": [2, 3], "counts": [6], "instance": 1}
    assert second["dimensions"] == {"type": "mask", "size": [2, 3], "counts": [6], "instance": 2}


def test_point_annotations_are_point_sets() -> None:
    first, second = read_in(CLOUD, "pointcloud-segmentation").annotations

    assert first["dimensions"] == {"type": "point_set", "size": 8, "counts": [2, 1, 2, 1, 2], "instance": 3}
    assert second["dimensions"] == {"type": "point_set", "size": 8, "counts": [3, 2, 3], "instance": 2}


def test_cuboids() -> None:
    (cuboid,) = read_in(CUBOIDS, "pointcloud-cuboid").annotations

    assert cuboid["dimensions"] == {
        "type": "cuboid",
        "center": [0.0, 0.2, 0.5],
        "size": [1.2, 1, 1],
        "rotation": [0, 0.049, 0.309, 0.949],
    }


def test_a_yaw_alone_turns_a_cuboid() -> None:
    label = deepcopy(CUBOIDS)
    del label["annotations"][0]["rotation"]

    (cuboid,) = read_in(label, "pointcloud-cuboid").annotations

    assert cuboid["dimensions"]["rotation"] == pytest.approx([0, 0, 0.3098, 0.9508], abs=0.0001)


def test_shapes_in_space() -> None:
    found = [one["dimensions"] for one in read_in(SPACE, "pointcloud-vector").annotations]

    assert [one["type"] for one in found] == ["polygon_3d", "polyline_3d", "point_3d", "cuboid"]
    assert found[2]["point"] == [0, 0.25, 0]


def test_sensors_are_told_of_each_annotation() -> None:
    found = read_in(SENSORS, "multisensor-sequence").annotations

    assert [one["metadata"]["segments"]["sensor"] for one in found] == ["Lidar", "Camera", "Camera", "Camera"]


def test_spans_of_text() -> None:
    first, _ = read_in(TEXT, "text-named-entities").annotations

    assert first["dimensions"] == {"type": "text_span", "start": 0, "end": 4}


# ---- what others changed since


def changed(label: Any, task_type: str, change: Any, **more: Any) -> Any:
    found = read_in(label, task_type)
    change(found.annotations)
    return written(found, task_type, **more)


def test_what_was_removed_is_gone() -> None:
    label = changed(VECTOR, "vector", lambda ones: ones.pop(1))

    assert [one["id"] for one in label["annotations"]] == [1, 5, 4]
    assert label["links"] == VECTOR["links"]


def test_what_was_added_gets_a_number_of_its_own() -> None:
    new = {
        "dimensions": {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4},
        "annotation": {"label": "sky"},
    }

    label = changed(VECTOR, "vector", lambda ones: ones.append(new))

    assert label["annotations"][:4] == VECTOR["annotations"]
    assert label["annotations"][4:] == [
        {"id": 6, "category_id": 2, "type": "bbox", "points": [[1, 2], [4, 6]]}
    ]


def test_what_was_moved_stands_where_it_is_now() -> None:
    label = changed(VECTOR, "vector", lambda ones: ones[0]["dimensions"].update(x=5))

    assert label["annotations"][0]["points"] == [[5, 4.5], [5 + (20.1 - 12), 30.0]]
    assert label["annotations"][0]["attributes"] == VECTOR["annotations"][0]["attributes"]


def test_what_was_moved_in_space_keeps_what_we_do_not_know() -> None:
    label = changed(
        SPACE, "pointcloud-vector", lambda ones: ones[3]["dimensions"].update(rotation=[0, 0, 0, 1])
    )

    cuboid = label["annotations"][3]
    assert (cuboid["yaw"], cuboid["rotation"]) == (0.0, {"qx": 0, "qy": 0, "qz": 0, "qw": 1})
    assert cuboid["velocity"] == {"relative": None, "absolute": 1.5}


def test_what_was_labelled_anew_has_the_new_category() -> None:
    label = changed(VECTOR, "vector", lambda ones: ones[0]["annotation"].update(label="car-2", attributes={}))

    assert label["annotations"][0]["category_id"] == 9
    assert label["annotations"][0]["attributes"] == {"at": "x", "note": ""}


def test_what_was_answered_anew_is_told() -> None:
    def change(ones: Any) -> None:
        ones[0]["annotation"]["attributes"]["color"] = {"value": "blue", "attributes": {}}
        ones[4]["annotation"]["value"] = "rain"

    label = changed(VECTOR, "vector", change)

    assert label["annotations"][0]["attributes"]["color"] == "blue"
    assert label["image_attributes"] == {"weather": "rain", "car": True, "other": 1}


def test_a_picture_stays_where_it_was_while_it_shows_the_same() -> None:
    label = changed(BITMAP, "segmentation-bitmap", lambda ones: ones[0]["annotation"].update(label="car-2"))

    assert label["segmentation_bitmap"] == BITMAP["segmentation_bitmap"]
    assert label["annotations"][0] == {"id": 1, "category_id": 9}


@pytest.mark.parametrize(
    "change",
    [
        lambda ones: ones.pop(),
        lambda ones: ones[0]["dimensions"].update(counts=[0, 3, 17]),
        lambda ones: ones.append(
            {
                "dimensions": {"type": "box", "x": 0, "y": 0, "width": 1, "height": 1},
                "annotation": {"label": "car"},
            }
        ),
    ],
)
def test_a_picture_that_shows_something_else_is_another(change: Any) -> None:
    label = changed(BITMAP, "segmentation-bitmap", change)

    assert label["segmentation_bitmap"] == {"url": "new-None-None"}


def test_a_picture_of_a_frame_is_another_only_where_it_changed() -> None:
    def change(ones: Any) -> None:
        ones.append({"dimensions": ones[0]["dimensions"] | {"frame": 1}, "annotation": {"label": "car"}})

    label = changed(BITMAPS, "image-segmentation-sequence", change)

    assert label["frames"][0] == BITMAPS["frames"][0]
    assert label["frames"][1]["segmentation_bitmap"] == {"url": "new-None-1"}
    assert label["frames"][1]["annotations"] == [
        {"id": 7, "category_id": 1, "track_id": 1, "is_keyframe": True}
    ]


def test_point_annotations_are_those_of_what_is_there() -> None:
    def change(ones: Any) -> None:
        ones[0]["dimensions"] = {"type": "point_set", "size": 8, "counts": [0, 1, 7]}
        ones.append(
            {"dimensions": {"type": "point_set", "size": 8, "counts": [7, 1]}, "annotation": {"label": "sky"}}
        )

    label = changed(CLOUD, "pointcloud-segmentation", change)

    assert [one["id"] for one in label["annotations"]] == [3, 2, 8]
    assert label["point_annotations"] == [3, 0, 0, 2, 2, 0, 7, 8]


def test_a_frame_that_was_not_there_is_made() -> None:
    def change(ones: Any) -> None:
        ones.append(
            ones[0] | {"dimensions": ones[0]["dimensions"] | {"frame": 4, "track": "bus"}, "metadata": {}}
        )

    label = changed(SEQUENCE, "image-vector-sequence", change)

    assert label["frames"][:3] == SEQUENCE["frames"]
    assert label["frames"][3] == {"annotations": []}
    assert [one["track_id"] for one in label["frames"][4]["annotations"]] == [3]


def test_what_belongs_to_no_sensor_goes_to_the_first_that_holds_it() -> None:
    new = {"dimensions": {"type": "point", "x": 1, "y": 2}, "annotation": {"label": "sky"}}

    label = changed(SENSORS, "multisensor-sequence", lambda ones: ones.append(new))

    (_, point) = label["sensors"][1]["attributes"]["frames"][0]["annotations"]
    assert point == {
        "id": 2,
        "category_id": 2,
        "type": "point",
        "points": [[1, 2]],
        "track_id": 3,
        "is_keyframe": True,
    }


# ---- labels that others made


def mark(dimensions: Any, label: str = "car") -> Any:
    return {"dimensions": dimensions, "annotation": {"label": label}, "metadata": {}}


def made(*marks: Any, task_type: str, **more: Any) -> Any:
    return write(marks, None, task_type, CLASSES, new_url, **more)


def test_a_still_label_of_others() -> None:
    label = made(
        mark({"type": "rotated_box", "x": 5, "y": 5, "width": 4, "height": 2, "angle": 90}),
        task_type="vector",
    )

    (annotation,) = label["annotations"]
    assert label["format_version"] == "0.1"
    assert annotation["type"] == "polygon"
    assert sorted([round(x), round(y)] for x, y in annotation["points"]) == [[4, 3], [4, 7], [6, 3], [6, 7]]


def test_a_skeleton_is_a_point_for_each_joint_that_is_labelled() -> None:
    joints = {"type": "keypoints", "points": [[1, 2, 2], [0, 0, 0], [3, 4, 1]]}

    label = made(mark(joints), mark({"type": "point", "x": 0, "y": 0}), task_type="keypoints")

    assert [(one["id"], one["points"]) for one in label["annotations"]] == [
        (1, [[1, 2]]),
        (2, [[3, 4]]),
        (3, [[0, 0]]),
    ]


def test_a_mask_in_a_vector_label_is_its_outline() -> None:
    label = made(mark({"type": "mask", "size": [4, 4], "counts": [5, 2, 2, 2, 5]}), task_type="vector")

    assert sorted(label["annotations"][0]["points"]) == [[1, 1], [1, 3], [3, 1], [3, 3]]


def test_a_hole_is_reached_by_a_seam() -> None:
    ring = {"type": "polygon", "points": [[0, 0], [9, 0], [9, 9]], "holes": [[[6, 1], [8, 1], [8, 3]]]}

    label = made(mark(ring), task_type="vector")

    assert label["annotations"][0]["points"] == [
        [0, 0],
        [9, 0],
        [9, 9],
        [0, 0],
        [6, 1],
        [8, 1],
        [8, 3],
        [6, 1],
    ]


def test_a_bitmap_label_of_others_has_a_picture() -> None:
    label = made(
        mark({"type": "box", "x": 0, "y": 0, "width": 2, "height": 2}), task_type="segmentation-bitmap"
    )

    assert label == {
        "format_version": "0.1",
        "annotations": [{"id": 1, "category_id": 1}],
        "segmentation_bitmap": {"url": "new-None-None"},
    }


def test_a_label_of_others_has_the_frames_of_the_sample() -> None:
    sample = {"frames": [{"image": {"url": str(n)}} for n in range(3)]}

    label = made(
        mark({"type": "point", "x": 0, "y": 0, "frame": 1}), task_type="image-vector-sequence", sample=sample
    )

    assert [len(one["annotations"]) for one in label["frames"]] == [0, 1, 0]


def test_a_label_of_others_has_the_sensors_of_the_sample() -> None:
    sample = {
        "sensors": [
            {"name": name, "task_type": task, "attributes": {"frames": [{}]}}
            for name, task in (("L", "pointcloud-cuboid-sequence"), ("C", "image-vector-sequence"))
        ]
    }

    label = made(mark({"type": "point", "x": 0, "y": 0}), task_type="multisensor-sequence", sample=sample)

    assert [one["name"] for one in label["sensors"]] == ["L", "C"]
    assert [len(one["attributes"]["frames"][0]["annotations"]) for one in label["sensors"]] == [0, 1]


def test_what_a_label_cannot_hold_is_told() -> None:
    told: list[tuple[int, str]] = []
    marks = [
        mark({"type": "cuboid", "center": [0, 0, 0], "size": [1, 1, 1]}),
        mark({"type": "point", "x": 0, "y": 0, "frame": 1}),
        mark({"type": "point", "x": 0, "y": 0}, "dog"),
        mark({"type": "point", "x": "a", "y": 0}),
        mark({"type": "mask", "size": [1, 1], "counts": [1]}),
        mark({}, "dog"),
        mark({"type": "point", "x": 0, "y": 0}),
    ]

    label = made(*marks, task_type="vector", leave_out=lambda index, code, _: told.append((index, code)))

    assert len(label["annotations"]) == 1
    assert sorted(told) == [
        (0, "not_held"),
        (1, "frame_unknown"),
        (2, "class_unknown"),
        (3, "geometry_broken"),
        (4, "not_held"),
        (5, "class_unknown"),
    ]


def test_where_nothing_is_declared_any_number_is_a_category() -> None:
    label = {
        "annotations": [
            {"id": 1, "category_id": 77, "type": "point", "points": [[1, 1]], "attributes": {"a": [1]}}
        ]
    }
    anything_goes = Classes({})

    found = read(label, "vector", anything_goes)

    assert found.annotations[0]["annotation"] == {"label": "77", "attributes": {"a": [1]}}
    assert same(write(found.annotations, found.vendor, "vector", anything_goes, new_url), label)


# ---- what is refused


POINT = {"id": 1, "category_id": 1, "type": "point", "points": [[1, 2]]}


def frame_of(**members: Any) -> Any:
    return {"frames": [{"annotations": []}, {"annotations": [POINT | members]}]}


@pytest.mark.parametrize(
    ("task_type", "label", "pointer"),
    [
        ("vector", "label", ""),
        ("vector", {"annotations": {}}, "/annotations"),
        ("vector", {"annotations": [3]}, "/annotations/0"),
        ("vector", {"annotations": [POINT | {"id": "1"}]}, "/annotations/0/id"),
        ("vector", {"annotations": [POINT | {"id": True}]}, "/annotations/0/id"),
        ("vector", {"annotations": [POINT | {"category_id": None}]}, "/annotations/0/category_id"),
        ("vector", {"annotations": [POINT | {"type": "circle"}]}, "/annotations/0/type"),
        ("vector", {"annotations": [POINT | {"type": ["bbox"]}]}, "/annotations/0/type"),
        ("vector", {"annotations": [POINT | {"type": "bbox"}]}, "/annotations/0/points"),
        ("vector", {"annotations": [POINT | {"points": [[1]]}]}, "/annotations/0/points/0"),
        ("vector", {"annotations": [POINT | {"points": [[1, "2"]]}]}, "/annotations/0/points/0/1"),
        ("vector", {"annotations": [POINT | {"points": [[1, float("nan")]]}]}, "/annotations/0/points/0/1"),
        ("vector", {"annotations": [POINT | {"points": [[1, 1e10]]}]}, "/annotations/0/points/0/1"),
        ("vector", {"annotations": [POINT | {"attributes": []}]}, "/annotations/0/attributes"),
        ("vector", {"annotations": [POINT | {"track_id": "a"}]}, "/annotations/0/track_id"),
        ("vector", {"annotations": [POINT | {"is_keyframe": 1}]}, "/annotations/0/is_keyframe"),
        ("vector", {"annotations": [], "image_attributes": [1]}, "/image_attributes"),
        ("vector", {"frames": []}, "/frames"),
        ("image-vector-sequence", {"annotations": [POINT]}, "/annotations"),
        ("image-vector-sequence", frame_of(points=[]), "/frames/1/annotations/0/points"),
        ("segmentation-bitmap", {"annotations": [POINT]}, "/annotations/0/points"),
        ("segmentation-bitmap", {"segmentation_bitmap": "a"}, "/segmentation_bitmap"),
        ("segmentation-bitmap", {"segmentation_bitmap": {"url": 1}}, "/segmentation_bitmap/url"),
        ("pointcloud-segmentation", {"point_annotations": [0, -1]}, "/point_annotations/1"),
        ("pointcloud-segmentation", {"point_annotations": [0, True]}, "/point_annotations/1"),
        ("pointcloud-segmentation", {"point_annotations": "01"}, "/point_annotations"),
        ("pointcloud-cuboid", {"annotations": [POINT | {"type": "cuboid"}]}, "/annotations/0/position"),
        ("pointcloud-vector", {"annotations": [POINT]}, "/annotations/0/points/0"),
        ("text-named-entities", {"annotations": [{"start": 4, "category_id": 1}]}, "/annotations/0/end"),
        ("multisensor-sequence", {"frames": [1]}, "/sensors"),
        ("multisensor-sequence", {"sensors": [{"name": "a"}]}, "/sensors/0/task_type"),
    ],
)  # fmt: skip
def test_a_wrong_label_is_refused_with_the_place(task_type: str, label: Any, pointer: str) -> None:
    with pytest.raises(BadMember) as caught:
        read_in(label, task_type)

    assert caught.value.pointer == pointer
    assert caught.value.fault


def test_a_category_that_is_not_there_is_named() -> None:
    with pytest.raises(
        BadMember, match=r"no category has the id 5: there are 1 \(car\), 2 \(sky\)"
    ) as caught:
        read_in({"annotations": [POINT | {"category_id": 5}]}, "vector")

    assert (caught.value.code, caught.value.pointer) == ("category_unknown", "/annotations/0/category_id")


@tasks
@slow
@given(label=hostile)
def test_whatever_comes_is_taken_or_refused(task_type: str, label: Any) -> None:
    try:
        found = read_in(label, task_type)
    except BadMember:
        return
    assert same(written(found, task_type), label)


@tasks
@slow
@given(
    marks=st.lists(
        st.fixed_dictionaries({"dimensions": hostile, "annotation": hostile, "metadata": hostile})
    ),
    vendor=hostile,
)
def test_whatever_others_keep_makes_a_label(task_type: str, marks: Any, vendor: Any) -> None:
    write(marks, vendor if isinstance(vendor, dict) else None, task_type, CLASSES, new_url)


@tasks
@slow
@given(data=st.data())
def test_whatever_is_kept_beside_makes_a_label_of_what_is_there(task_type: str, data: Any) -> None:
    found = read_in(data.draw(BY_TASK[task_type]), task_type)
    others = read_in(data.draw(BY_TASK[task_type]), task_type)

    first = write(found.annotations, others.vendor, task_type, CLASSES, new_url)

    again = read(first, task_type, CLASSES, masks)
    assert len(again.annotations) <= len(found.annotations) or task_type == ""
    assert same(write(again.annotations, again.vendor, task_type, CLASSES, new_url), first)


def test_what_was_drawn_has_no_place_of_its_own_in_a_picture_of_ids() -> None:
    drawn = {"id": 1, "category_id": 1, "type": "bbox", "points": [[4, 4], [0, 0]], "note": "kept"}
    frames = {"frames": [{"annotations": [drawn]}]}
    sensors = [{"name": "a", "task_type": "image-vector-sequence", "attributes": frames}]
    found = read_in({"sensors": sensors}, "multisensor-sequence")
    other = {"rest": {"name": "b", "task_type": "image-segmentation-sequence"}}

    label = write(found.annotations, {"sensors": [other]}, "multisensor-sequence", CLASSES, new_url)

    told = label["sensors"][0]["attributes"]["frames"][0]["annotations"]
    assert told == [{"id": 1, "category_id": 1, "note": "kept"}]
    assert len(read(label, "multisensor-sequence", CLASSES, masks).annotations) == 1


def test_a_long_label_is_read_and_written_in_a_moment() -> None:
    ids = [n // 3 % 500 for n in range(1_000_000)]
    label = {"annotations": [{"id": n, "category_id": 1} for n in range(1, 500)], "point_annotations": ids}

    found = read_in(label, "pointcloud-segmentation")

    assert len(found.annotations) == 499
    assert written(found, "pointcloud-segmentation") == label
