"""Datasets of pictures that come in a form, through the face of JTheta."""

from typing import Any

import pytest

from tests.app.vendors.jtheta.asking import Client, client, code, dataset, picture, project
from tests.lab import Lab

WAYS = ("/create_dataset/", "/api/datasets/create")


@pytest.mark.parametrize("path", WAYS)
def test_pictures_become_entries_with_their_names_sizes_and_types(lab: Lab, path: str) -> None:
    project(lab)
    files = [("slide1.png", picture(1)), ("slide2.jpg", picture(2, "JPEG", (20, 10)))]

    made = client(lab).form(path, *files, dataset_name="TumorSlides", project_name="Retina X", license="MIT")

    assert made.status == 201
    told = made.document
    assert (told["id"], told["images_uploaded"], told["status"]) == (told["dataset_id"], 2, "ready")
    (found,) = lab.owner.get("/datasets").data
    assert found["attributes"]["name"] == "TumorSlides"
    assert found["attributes"]["vendor"] == {"jtheta": {"license": "MIT"}}
    entries = [one["attributes"] for one in lab.owner.get("/entries?sort=id").data]
    assert [(one["resource"], one["media_type"], one["width"], one["height"]) for one in entries] == [
        ("slide1.png", "image/png", 8, 6),  # though it was sent as a JPEG
        ("slide2.jpg", "image/jpeg", 20, 10),
    ]
    content = lab.house.client.get(
        f"/files/{entries[0]['content_hash']}", headers={"Authorization": f"Bearer {lab.owner.key}"}
    )
    assert content.content == files[0][1]


@pytest.mark.parametrize("path", ["/upload_images_to_dataset/", "/api/dataset/upload_images"])
def test_more_pictures_come_into_a_dataset(lab: Lab, path: str) -> None:
    number = dataset(lab)["id"]

    made = client(lab).form(path, ("9.png", picture(9)), dataset_id=str(number), project_name="Retina X")

    assert (made.status, made.document["id"], made.document["images_uploaded"]) == (201, number, 1)
    assert made.document["total_images"] == len(lab.owner.get("/entries").data) == 4


def test_the_same_picture_again_is_told_and_not_added(lab: Lab) -> None:
    number = dataset(lab, count=2)["id"]
    files = [("again.png", picture(1)), ("new.png", picture(7))]

    made = client(lab).form(
        "/upload_images_to_dataset/", *files, dataset_id=str(number), project_name="Retina X"
    )

    assert (made.status, made.document["images_uploaded"], made.document["total_images"]) == (201, 1, 3)
    assert [(one["file_name"], one["code"]) for one in made.document["images_left_out"]] == [
        ("again.png", "duplicate")
    ]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/home/jane/scans/left eye.png", "left eye.png"),
        ("C:\\scans\\left.png", "left.png"),
        ("../../../etc/passwd", "passwd"),
        ("\u00e9toile.png", "\u00e9toile.png"),
        ("no-suffix", "no-suffix"),
        ("x.exe", "x.exe"),
    ],
)
def test_of_a_whole_path_the_name_is_kept(lab: Lab, name: str, kept: str) -> None:
    project(lab)

    made = client(lab).form("/create_dataset/", (name, picture()), dataset_name="d", project_name="Retina X")

    assert made.status == 201
    assert [one["attributes"]["resource"] for one in lab.owner.get("/entries").data] == [kept]


HOSTILE: dict[str, tuple[str, bytes]] = {
    "text for a picture": ("a.png", b"no picture at all"),
    "a page": ("a.png", b"<!doctype html><script>"),
    "half a picture": ("a.png", picture()[:40]),
    "nothing": ("a.png", b""),
    "a vector": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a name of 300 bytes": ("x" * 296 + ".png", picture()),
    "a name that turns the line": ("a\u202egnp.exe", picture()),
    "a name that is dots": ("..", picture()),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("path", WAYS)
def test_what_is_no_picture_or_no_name_is_refused_whole(lab: Lab, case: str, path: str) -> None:
    project(lab)
    files = [("good.png", picture(1)), HOSTILE[case]]

    refused = client(lab).form(path, *files, dataset_name="d", project_name="Retina X")

    assert refused.status == 400
    assert [lab.owner.get(f"/{type}").data for type in ("datasets", "entries", "assets")] == [[]] * 3


def test_a_name_with_a_nul_is_refused(lab: Lab) -> None:
    project(lab)
    line = b"--x\r\nContent-Disposition: form-data; name="
    body = b"".join(
        [
            line + b'"dataset_name"\r\n\r\nd\r\n',
            line + b'"project_name"\r\n\r\nRetina X\r\n',
            line + b'"images"; filename="a\0b.png"\r\n\r\n' + picture() + b"\r\n--x--\r\n",
        ]
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    refused = client(lab).ask("POST", "/create_dataset/", content=body, headers=headers)

    assert code(refused) == (400, "filename_invalid")


FIELDS: list[tuple[dict[str, Any], int]] = [
    ({"project_name": "Retina X"}, 400),
    ({"dataset_name": "d"}, 400),
    ({"dataset_name": "", "project_name": "Retina X"}, 400),
    ({"dataset_name": "x" * 256, "project_name": "Retina X"}, 400),
    ({"dataset_name": "a\0b", "project_name": "Retina X"}, 400),
    ({"dataset_name": "d", "project_name": "Retina X", "license": "x" * 1001}, 400),
    ({"dataset_name": "d", "project_name": "Retina X", "license": "\0"}, 400),
    ({"dataset_name": "d", "project_name": "nothing"}, 404),
    ({"dataset_name": "d", "project_name": "a\0b"}, 400),
]


@pytest.mark.parametrize(("fields", "status"), FIELDS)
def test_a_dataset_without_what_it_needs_is_none(lab: Lab, fields: dict[str, str], status: int) -> None:
    project(lab)

    refused = client(lab).form("/create_dataset/", ("a.png", picture()), **fields)

    assert refused.status == status
    assert [lab.owner.get(f"/{type}").data for type in ("datasets", "assets")] == [[]] * 2


def test_a_dataset_has_pictures(lab: Lab) -> None:
    project(lab)

    refused = client(lab).form("/create_dataset/", dataset_name="d", project_name="Retina X")

    assert code(refused) == (400, "images_missing")


def test_a_dataset_needs_a_key_though_the_documentation_forgot_it(lab: Lab) -> None:
    project(lab)

    refused = Client(lab, None).form(
        "/create_dataset/", ("a.png", picture()), dataset_name="d", project_name="Retina X"
    )

    assert code(refused) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"dataset_id": "999999", "project_name": "Retina X"}, 404),
        ({"dataset_id": "0", "project_name": "Retina X"}, 404),
        ({"dataset_id": "-1", "project_name": "Retina X"}, 404),
        ({"dataset_id": "1e3", "project_name": "Retina X"}, 404),
        ({"dataset_id": "9" * 400, "project_name": "Retina X"}, 404),
        ({"dataset_id": "\u0661", "project_name": "Retina X"}, 404),
        ({"dataset_id": "a\0", "project_name": "Retina X"}, 400),
        ({"dataset_id": "", "project_name": "Retina X"}, 400),
        ({"project_name": "Retina X"}, 400),
        ({"dataset_id": "{it}"}, 400),
        ({"dataset_id": "{it}", "project_name": "Other"}, 404),
    ],
)
def test_more_pictures_go_to_a_dataset_of_that_project(lab: Lab, fields: dict[str, str], status: int) -> None:
    number = dataset(lab, count=1)["id"]
    project(lab, "Other")
    given = {name: value.replace("{it}", str(number)) for name, value in fields.items()}

    refused = client(lab).form("/upload_images_to_dataset/", ("a.png", picture(5)), **given)

    assert refused.status == status
    assert len(lab.owner.get("/entries").data) == 1


def test_only_owners_bring_pictures(lab: Lab) -> None:
    number = dataset(lab, count=1)["id"]
    (its,) = lab.owner.get("/projects?filter[name]=Retina X").ids
    member = lab.person("annotator", project=its)
    form = {"dataset_id": str(number), "project_name": "Retina X"}

    refused = client(lab, member).form("/upload_images_to_dataset/", ("a.png", picture(5)), **form)
    unseen = client(lab, lab.outsider).form("/upload_images_to_dataset/", ("a.png", picture(5)), **form)

    assert (refused.status, unseen.status) == (403, 404)
    assert len(lab.owner.get("/entries").data) == 1


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
        (b"a=1" * 2000, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", "text/plain"),
    ],
)
def test_a_form_that_is_none_is_refused(lab: Lab, content: bytes, media_type: str) -> None:
    refused = client(lab).ask(
        "POST", "/create_dataset/", content=content, headers={"Content-Type": media_type}
    )

    assert refused.status == 400
