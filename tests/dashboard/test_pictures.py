"""A picture is drawn with its annotations, whatever they say."""

from typing import Any

from app.web.dashboard.classes import Classes
from app.web.dashboard.pictures import picture_of
from app.web.dashboard.records import Record
from app.web.dashboard.rendering import _environment

ENTRY: dict[str, Any] = {
    "resource": "asset",
    "content_hash": "ab" * 32,
    "external_id": "<street>",
    "width": 640,
    "height": 400,
}
CLASSES = {
    "classes": [
        {"id": "car", "name": "Car & co", "color": "#e63946"},
        {"id": "person", "name": "Person", "color": 'red" onload="x', "skeleton": [[0, 1], [0, 9]]},
    ]
}
SHAPES: list[dict[str, Any]] = [
    {"type": "box", "x": 10, "y": 20, "width": 30, "height": 40},
    {"type": "rotated_box", "x": 60, "y": 80, "width": 20, "height": 10, "angle": 90},
    {"type": "polygon", "points": [[0, 0], [9, 0], [9, 9]], "holes": [[[1, 1], [2, 1], [2, 2]]]},
    {"type": "polyline", "points": [[0, 0], [9.5, 4]]},
    {"type": "point", "x": 7, "y": 8},
    {"type": "keypoints", "points": [[5, 6, 2], [8, 9, 1], [0, 0, 0]]},
    {"type": "mask", "size": [2, 3], "counts": [1, 2, 3]},
]
HOSTILE: list[Any] = [
    {"type": "box", "x": '"><script>', "y": 0, "width": 1, "height": 1},
    {"type": "polygon", "points": [[0, 0], [1e308, "x"], [1, 1]]},
    {"type": "<b>", "x": 1},
    {"type": "cuboid", "center": [0, 0, 0], "size": [1, 1, 1]},
    {},
]


def record(n: int, dimensions: Any, annotation: Any) -> Record:
    told = {"dimensions": dimensions, "annotation": annotation, "metadata": {}}
    return Record({"id": f"a{n}", "type": "annotations", "attributes": told})


def entry(**attributes: Any) -> Record:
    return Record({"id": "e", "type": "entries", "attributes": {**ENTRY, **attributes}})


def drawn(annotations: list[Record], at: Record | None = None) -> str:
    picture = picture_of(at or entry(), annotations, Classes.of(CLASSES))
    template = _environment().from_string('{% import "shapes.html" as shapes %}{{ shapes.draw(picture) }}')
    return template.render(picture=picture)


def test_every_kind_of_shape_in_the_plane_is_drawn() -> None:
    annotations = [record(n, one, {"label": "person"}) for n, one in enumerate(SHAPES)]

    told = drawn(annotations)

    assert told.count("<title>Person</title>") == len(SHAPES)
    assert 'd="M10.0 20.0L40.0 20.0L40.0 60.0L10.0 60.0Z"' in told  # the box
    assert 'd="M65.0 70.0L65.0 90.0L55.0 90.0L55.0 70.0Z"' in told  # turned by a quarter
    assert 'd="M0.0 0.0L9.0 0.0L9.0 9.0ZM1.0 1.0L2.0 1.0L2.0 2.0Z"' in told  # with its hole
    assert 'd="M5.0 6.0L8.0 9.0"' in told  # the one bone whose joints are there
    assert told.count("<circle") == 3  # the point, and the joints that are labelled
    assert f'href="/ui/api/files/{"ab" * 32}"' in told


def test_what_cannot_be_drawn_is_listed_and_nothing_hostile_reaches_the_page() -> None:
    annotations = [record(n, one, {"label": "<img src=x>"}) for n, one in enumerate(HOSTILE)]
    annotations.append(record(9, SHAPES[0], {"label": "car", "attributes": {"<i>": ["</title><script>"]}}))

    told = drawn(annotations)

    assert told.count("<li>") == len(HOSTILE)
    assert 'color="#e63946"' in told
    assert not any(one in told for one in ("<script", "<img", "<i>", "<b>&lt;b", "<street>", "onload"))


def test_a_picture_that_lies_elsewhere_is_shown_by_http_alone() -> None:
    elsewhere = {"content_hash": None, "width": None, "height": None}

    assert 'href="https://x.example/a.jpg"' in drawn(
        [], entry(**elsewhere, resource="https://x.example/a.jpg")
    )
    assert "href" not in drawn([], entry(**elsewhere, resource="javascript:alert(1)"))


def test_labels_of_any_kind_do_no_harm() -> None:
    odd: list[Any] = [{"label": 5}, {"label": {"a": 1}}, {}, {"label": "car", "attributes": {"n": None}}]

    told = drawn([record(n, SHAPES[0], one) for n, one in enumerate(odd)])

    assert told.count("no label") == 2 * 3  # their title, and what is written at them
    assert "n none" in told
