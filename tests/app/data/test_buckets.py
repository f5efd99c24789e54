"""Imports of a prefix: folders and buckets that the operator named, whose objects may be called anything."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import obstore
import pytest

from app.errors import Invalid, Unavailable
from app.jobs.importing.buckets import items_of_bucket
from app.jobs.importing.items import Bad, Item
from app.jobs.kinds import Watch
from app.storage.blobs import open_blobs
from app.storage.blobs.bucket import store_of
from app.storage.buckets import open_buckets
from app.work import Sources
from tests.app.data.doing import acted, entries, errors, imported
from tests.app.filing import picture_of
from tests.app.seaweed import BUCKET
from tests.conftest import LARGEST_FILE
from tests.lab import Lab

Put = Callable[[str, bytes], None]


@pytest.fixture
def folder(scans: Path) -> Path:
    """A folder of the test's own in what the operator named `scans`."""
    found = scans / uuid4().hex
    found.mkdir()
    return found


def put(folder: Path, **files: bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_png", ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_what_lies_below_a_prefix_becomes_entries(lab: Lab, folder: Path) -> None:
    put(
        folder,
        a_png=picture_of("PNG", 10),
        more__b_png=picture_of("PNG", 20),
        more__deep__c_png=picture_of("PNG"),
    )

    job, _ = imported(lab, prefix=f"scans/{folder.name}/", split="train")

    found = entries(lab)
    assert [one["resource"] for one in found] == [
        f"scans/{folder.name}/{name}" for name in ("a.png", "more/b.png", "more/deep/c.png")
    ]
    assert [found[0][name] for name in ("width", "split", "status")] == [10, "train", "ready"]
    assert job["result"] == {"imported": 3}
    content = lab.owner.get(f"/files/{found[0]['content_hash']}").response.content
    assert content == picture_of("PNG", 10)


def test_a_prefix_that_is_imported_again_adds_nothing(lab: Lab, folder: Path) -> None:
    put(folder, a_png=picture_of("PNG", 10), b_png=picture_of("PNG", 20))
    imported(lab, prefix=f"scans/{folder.name}")
    put(folder, c_png=picture_of("PNG", 30))

    job, id = imported(lab, prefix=f"scans/{folder.name}")

    assert job["result"] == {"imported": 1}
    assert [code for _, code in errors(lab, id)] == ["duplicate"] * 2


def test_one_bad_object_blocks_no_other(lab: Lab, folder: Path) -> None:
    put(folder, a_png=picture_of("PNG", 10), b_png=picture_of("PNG")[:60], c_png=b"<html>", d_png=b"")
    put(folder, e_png=b"\0" * (LARGEST_FILE + 1), f_png=picture_of("PNG", 20))
    (folder / "g\u202egnp.png").write_bytes(picture_of("PNG", 30))
    (folder / "h\n.png").write_bytes(picture_of("PNG", 40))
    Path(os.fsdecode(os.fsencode(folder) + b"/i\xff.png")).write_bytes(picture_of("PNG", 50))

    _, id = imported(lab, prefix=f"scans/{folder.name}")

    assert [one["resource"][-5:] for one in entries(lab)] == ["a.png", "f.png"]
    assert sorted(code for _, code in errors(lab, id)) == [
        *["filename_invalid"] * 3,
        *["not_an_image"] * 3,
        "too_large",
    ]


def test_nothing_but_files_is_read_and_no_link_is_followed(lab: Lab, folder: Path, tmp_path: Path) -> None:
    put(folder, a_png=picture_of("PNG", 10))
    put(tmp_path, secret_png=picture_of("PNG", 20))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "inside.png").symlink_to("a.png")
    (folder / "link").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(folder)
        listening.bind("socket.png")
    put(folder, **{".hidden_png": picture_of("PNG", 30), ".folder__b_png": picture_of("PNG", 40)})

    _, id = imported(lab, prefix=f"scans/{folder.name}")

    assert [one["resource"][-5:] for one in entries(lab)] == ["a.png"]
    assert errors(lab, id) == []


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path) -> None:
    put(folder, a_png=b"a", b__c_png=b"c")
    put(tmp_path, a_png=b"secret", c_png=b"secret")
    buckets = open_buckets(f"here={folder}", 100)
    names = list(buckets.names("here"))
    (folder / "a.png").unlink()
    (folder / "a.png").symlink_to(tmp_path / "a.png")
    (folder / "b").rename(folder / "was")
    (folder / "b").symlink_to(tmp_path)

    for name in names:
        with pytest.raises(Unavailable) as caught:
            list(buckets.pieces(name))
        assert caught.value.code == "bucket_failed"
        assert str(folder) not in caught.value.detail


@pytest.mark.parametrize("prefix", ["nobody/x", "", "scan", "scans2/", "s3://x/y", "\u202escans/x"])
def test_a_bucket_that_nobody_named_is_unknown(lab: Lab, prefix: str) -> None:
    refused = acted(lab, f"/datasets/{lab.dataset}/imports", prefix=prefix)

    assert refused.status == 422
    assert refused.code in ("bucket_unknown", "prefix_invalid", "attribute_invalid")
    assert "scans" not in refused.document["errors"][0]["detail"]


@pytest.mark.parametrize("prefix", ["scans/..", "scans/a/../../b", "scans//etc", "scans/./a", "scans/a\0b"])
def test_a_prefix_cannot_climb(lab: Lab, prefix: str) -> None:
    refused = acted(lab, f"/datasets/{lab.dataset}/imports", prefix=prefix)

    assert refused.status in (400, 422)
    assert refused.code in ("prefix_invalid", "character_not_allowed")


def test_a_prefix_below_which_nothing_lies_is_told(lab: Lab, folder: Path) -> None:
    _, id = imported(lab, prefix=f"scans/{folder.name}")

    assert errors(lab, id) == [(f"scans/{folder.name}", "prefix_empty")]


@pytest.mark.parametrize(
    "setting",
    ["photos", "=s3://bucket", "a=s3://Bucket", "a=relative", "a=/no/such/folder", "a=/,a=/", "a/b=/"],
)
def test_a_setting_that_names_no_place_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="POSTIL_BUCKETS"):
        open_buckets(setting, 100)


def test_several_places_are_named(tmp_path: Path) -> None:
    buckets = open_buckets(f" a = {tmp_path} ,, b=s3://bucket/x ", 100, {})

    buckets.check("a")
    buckets.check("b/c/d/")
    with pytest.raises(Invalid):
        buckets.check("c/d")


# ---- a real S3 server


@pytest.fixture
def remote(s3: Mapping[str, str], tmp_path: Path) -> Iterator[tuple[Sources, Put]]:
    """What imports see of a bucket, contents kept in another place of it, and how objects come there."""
    place = uuid4().hex
    store = store_of(BUCKET, place, s3)
    sources = Sources(
        blobs=open_blobs(f"s3://{BUCKET}/{place}-kept", tmp_path, environment=s3),
        buckets=open_buckets(f"photos=s3://{BUCKET}/{place}", 1 << 20, s3),
    )
    yield sources, lambda key, content: obstore.put(store, key, content) and None
    sources.fetcher.close()
    sources.decoder.close()


def test_a_bucket_of_s3_is_imported_as_a_folder_is(remote: tuple[Sources, Put]) -> None:
    sources, put = remote
    put("2024/a.png", picture_of("PNG", 10))
    put("2024/more/b.png", picture_of("PNG", 20))
    put("2024/bad.png", b"<html>")
    put("2024/.hidden.png", picture_of("PNG", 30))
    put("2024x/other.png", picture_of("PNG", 40))

    found = list(items_of_bucket("photos/2024/", {}, Watch(sources)))

    items = [one for one in found if isinstance(one, Item)]
    bad = [one for one in found if isinstance(one, Bad)]
    assert [(one.resource, one.width) for one in items] == [
        ("photos/2024/a.png", 10),
        ("photos/2024/more/b.png", 20),
    ]
    assert [(one.item, one.code) for one in bad] == [("photos/2024/bad.png", "not_an_image")]
    assert items[0].content is not None
    assert sources.blobs.get(items[0].content.hash) == picture_of("PNG", 10)


def test_a_bucket_that_cannot_be_read_fails_the_import_and_tells_nothing_of_it(s3: Mapping[str, str]) -> None:
    buckets = open_buckets("photos=s3://no-such-bucket", 100, s3)

    with pytest.raises(Unavailable) as caught:
        list(buckets.names("photos/x"))

    assert caught.value.code == "bucket_failed"
    assert "no-such-bucket" not in caught.value.detail
