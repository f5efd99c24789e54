"""Pictures are decoded in a process of their own: what is hostile is refused, and the next one works."""

import gc
import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from app.errors import Invalid, Unavailable
from app.pictures import Decoder, Header
from app.pictures.decoder import LONGEST
from tests.app.filing import picture_of
from tests.app.pictures.hostile import HTML, NO_PICTURES, jpeg_bomb, png, png_bomb, text_bomb, unfinished
from tests.app.pictures.test_headers import FORMATS, turned

PROGRAM = Path(__file__).parents[3] / "app" / "pictures" / "child.py"
GOOD = picture_of("PNG")
MB = 1 << 20


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


def code_of(decoder: Decoder, content: bytes) -> str:
    """The code by which CONTENT is refused."""
    with pytest.raises(Invalid) as refused:
        decoder.decode(content)
    return refused.value.code


def shown(thumbnail: bytes) -> Image.Image:
    return Image.open(io.BytesIO(thumbnail))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 30), (700, 300), (3, 2000)])
def test_a_picture_is_decoded_and_made_small(decoder: Decoder, format: str, width: int, height: int) -> None:
    decoded = decoder.decode(picture_of(format, width, height))

    small = shown(decoded.thumbnail)
    assert decoded.header == Header(FORMATS[format], width, height)
    assert max(small.size) == min(max(width, height), LONGEST)
    assert small.format == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_way_to_write_colours_is_taken(decoder: Decoder, mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (600, 400)).save(file, "PNG")

    thumbnail = shown(decoder.decode(file.getvalue()).thumbnail)

    assert thumbnail.size == (512, 341)
    assert thumbnail.format == ("PNG" if mode in ("LA", "RGBA") else "JPEG")


def test_a_jpeg_for_print_and_one_of_several_frames_are_taken(decoder: Decoder) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 40)).save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (6, 4))])

    assert decoder.decode(file.getvalue()).header == Header("image/jpeg", 60, 40)
    assert decoder.decode(picture_of("JPEG", 60, 40, "CMYK")).header.width == 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_small_picture_is_turned_as_it_is_shown(decoder: Decoder, orientation: int) -> None:
    decoded = decoder.decode(turned("PNG", orientation))

    small = shown(decoded.thumbnail).convert("L")
    assert small.size == decoded.header[1:3]
    # The gradient is dark at the top of the file's rows.
    width, height = small.size
    ends = {
        "top": small.getpixel((width // 2, 1)),
        "bottom": small.getpixel((width // 2, height - 2)),
        "left": small.getpixel((1, height // 2)),
        "right": small.getpixel((width - 2, height // 2)),
    }
    dark = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
    assert min(ends, key=lambda name: ends[name]) == dark[orientation]  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_refused(decoder: Decoder, name: str) -> None:
    assert code_of(decoder, NO_PICTURES[name]) == "not_an_image"


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_picture_is_refused(decoder: Decoder, format: str) -> None:
    assert code_of(decoder, unfinished(picture_of(format, 200, 200))) == "not_an_image"


@pytest.mark.parametrize("content", [png_bomb(), jpeg_bomb()], ids=["png", "jpeg"])
def test_a_bomb_is_refused_before_it_is_decoded(decoder: Decoder, content: bytes) -> None:
    assert code_of(decoder, content) == "image_too_large"


def test_a_bomb_of_text_is_refused(decoder: Decoder) -> None:
    content = text_bomb()

    assert len(content) < MB
    assert code_of(decoder, content) == "not_an_image"
    assert decoder.decode(GOOD).header.width == 40


def test_a_picture_with_something_behind_it_is_that_picture(decoder: Decoder) -> None:
    assert decoder.decode(GOOD + HTML).header == Header("image/png", 40, 30)


def test_hostile_pictures_cost_this_process_nothing(decoder: Decoder) -> None:
    hostile = [
        png_bomb(),
        jpeg_bomb(),
        text_bomb(),
        png(7_000, 7_000, b"\0" * (7_000 * 876), depth=1, kind=0),
    ]
    decoder.decode(GOOD)
    gc.collect()
    before = held()
    Path("/proc/self/clear_refs").write_text("5")  # the most begins anew

    for content in hostile:
        with suppress(Invalid):
            decoder.decode(content)

    assert held("VmHWM") - before < 32 * MB


def held(name: str = "VmRSS") -> int:
    """How many bytes of memory this process has, or has had at most (VmHWM)."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) * 1024


# ---- a decoder that a picture breaks: the same program, and a picture in it that does what it says

BROKEN = """
import os, sys
sys.path.insert(0, {folder!r})
import child
whole = child.decoded
count = 0
def decoded(content, orientation, longest):
    global count
    count += orientation == 1  # none of those that it warms up with
    if content.endswith(b"grudge") and count > 1:
        os.abort()
    if content.endswith(b"crash"):
        os.abort()
    if content.endswith(b"loop"):
        while True:
            pass
    if content.endswith(b"sleep"):
        import time
        time.sleep(60)
    if content.endswith(b"eat"):
        try:
            kept = [bytearray(1 << 20) for _ in range(100_000)]
        except MemoryError:
            return child.struct.pack(">BIII", child.TOO_LARGE, 0, 0, 0)
    if content.endswith(b"lie"):
        return child.struct.pack(">BIII", 0, 1, 1, 1 << 31)
    if content.endswith(b"file"):
        open("/etc/hostname")
    if content.endswith(b"connect"):
        import socket
        socket.socket()
    return whole(content, orientation, longest)
child.decoded = decoded
child.main(*(int(one) for one in sys.argv[1:4]))
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    """A decoder that some pictures break; it is patient for a second, and 256 MB are its memory."""
    program = tmp_path_factory.mktemp("decoder") / "broken.py"
    program.write_text(BROKEN.format(folder=str(PROGRAM.parent)))
    decoder = Decoder(memory=256 * MB, seconds=1, patience=1.5, child=program)
    yield decoder
    decoder.close()


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("crash", "not_an_image"),
        ("loop", "not_an_image"),
        ("sleep", "not_an_image"),
        ("lie", "not_an_image"),
        ("eat", "image_too_large"),
        ("file", "not_an_image"),
        ("connect", "not_an_image"),
    ],
)
def test_a_picture_that_breaks_the_decoder_is_refused_and_the_next_is_not(
    broken: Decoder, how: str, code: str
) -> None:
    assert broken.decode(GOOD).header.width == 40

    assert code_of(broken, GOOD + how.encode()) == code

    assert broken.decode(GOOD).header.width == 40


def test_a_picture_does_not_pay_for_those_before(broken: Decoder) -> None:
    broken.decode(GOOD)

    assert broken.decode(GOOD + b"grudge").header.width == 40


def test_a_decoder_that_has_died_meanwhile_is_replaced(decoder: Decoder) -> None:
    decoder.decode(GOOD)
    child = decoder._child
    assert child

    child.kill()
    child.wait()

    assert decoder.decode(GOOD).header.width == 40


def test_a_decoder_is_replaced_after_some_hundred_pictures(decoder: Decoder) -> None:
    decoder.decode(GOOD)
    first = decoder._child
    decoder._left = 1

    decoder.decode(GOOD)
    assert decoder._child is first
    decoder.decode(GOOD)

    assert decoder._child is not first


def test_many_threads_share_a_decoder(decoder: Decoder) -> None:
    pictures = {width: picture_of("PNG", width, 20) for width in range(20, 40)}
    found: dict[int, int] = {}

    def decode(width: int) -> None:
        found[width] = decoder.decode(pictures[width]).header.width

    threads = [Thread(target=decode, args=(width,)) for width in pictures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {width: width for width in pictures}


def test_a_decoder_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    with pytest.raises(Unavailable):
        Decoder().decode(GOOD)


def test_a_decoder_that_ends_at_once_is_told(tmp_path: Path) -> None:
    program = tmp_path / "ends.py"
    program.write_text("raise SystemExit(1)")

    with pytest.raises(Unavailable) as told:
        Decoder(child=program).decode(GOOD)
    assert told.value.code == "decoder_unavailable"


def test_the_child_is_given_no_secret(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    decoder.close()

    decoder.decode(GOOD)

    assert decoder._child
    assert b"canary" not in Path(f"/proc/{decoder._child.pid}/environ").read_bytes()
