"""Decodes pictures in a process of its own, which may crash, hang or run out of memory. Run by its path.

It imports nothing of ours. When it is ready it says so by a byte. For each picture it is sent how it is to be
turned (1 byte, as EXIF counts), its length (8 bytes, big end first) and its bytes. It answers a status (1
byte), width and height as stored (4 each), the length of a thumbnail (4) and the thumbnail.
"""

import io
import resource
import struct
import sys
import time
import warnings
from typing import cast

from PIL import Image, MpoImagePlugin

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 50_000_000
HEAD = struct.Struct(">BQ")
READY = b"\0"
WHOLE, NOT_AN_IMAGE, TOO_LARGE = 0, 1, 2
# What undoes each orientation (CIPA DC-008, 4.6.5.1.6).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LOADED = MpoImagePlugin  # what Pillow takes some JPEG files for, and would load when no file can be opened


def limit_memory(memory: int) -> None:
    """From now on it takes so many bytes at most, leaves no core, opens neither file nor connection."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # what it has


def limit_time(seconds: int) -> None:
    """What computes for so many seconds more is killed. The limit of the system counts from the start."""
    used = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


def decoded(content: bytes, orientation: int, longest: int) -> bytes:
    """The answer to CONTENT: a thumbnail of LONGEST pixels at most on a side."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                return struct.pack(">BIII", TOO_LARGE, 0, 0, 0)
            picture.load()
            width, height = picture.size
            thumbnail = thumbnail_of(picture, orientation, longest)
    except MemoryError:
        return struct.pack(">BIII", TOO_LARGE, 0, 0, 0)
    except Exception:  # Pillow raises what it likes at what is no picture
        return struct.pack(">BIII", NOT_AN_IMAGE, 0, 0, 0)
    return struct.pack(">BIII", WHOLE, width, height, len(thumbnail)) + thumbnail


def warm_up() -> None:
    """Load what decoding needs, which Pillow would load late: later no file can be opened."""
    for format in FORMATS:
        for mode in ("RGB", "L") if format == "JPEG" else ("RGB", "RGBA"):
            file = io.BytesIO()
            Image.new(mode, (9, 9)).save(file, format)
            if decoded(file.getvalue(), 6, 4)[0] != WHOLE:
                raise RuntimeError(f"{format} cannot be decoded here")


def thumbnail_of(picture: Image.Image, orientation: int, longest: int) -> bytes:
    """PICTURE made small and turned: a PNG where something of it can be seen through, else a JPEG."""
    has_alpha = picture.has_transparency_data
    if picture.mode in (
        "I",
        "I;16",
        "I;16B",
        "F",
    ):  # sixteen bits a pixel, of which Pillow would keep the lowest
        picture = eight_bits(picture)
    if picture.mode == "P":
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    small = picture.copy() if max(picture.size) <= longest else reduced(picture, longest)
    if orientation in TURNS:
        small = small.transpose(TURNS[orientation])
    file = io.BytesIO()
    if has_alpha:
        small.convert("RGBA").save(file, "PNG")
    else:
        small.convert("L" if small.mode in ("1", "L") else "RGB").save(file, "JPEG", quality=85)
    return file.getvalue()


def reduced(picture: Image.Image, longest: int) -> Image.Image:
    small = picture.copy() if picture.mode == "1" else picture
    if small.mode in ("1", "LA", "PA", "La"):
        small = small.convert("RGBA" if small.mode != "1" else "L")
    small.thumbnail((longest, longest), reducing_gap=2.0)
    return small


def eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of more than 8 bits a pixel, its own darkest and brightest made black and white."""
    picture = picture.convert("I")
    low, high = cast(tuple[int, int], picture.getextrema())
    scale = 255 / max(1, high - low)
    return picture.point(lambda value: value * scale - low * scale).convert("L")


def main(longest: int, memory: int, seconds: int) -> None:
    """Decode what comes, until nothing comes any more."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # what is allowed is said here, and once
    taken, given = sys.stdin.buffer, sys.stdout.buffer
    warm_up()
    limit_memory(memory)
    given.write(READY)
    given.flush()
    while len(head := taken.read(HEAD.size)) == HEAD.size:
        orientation, length = HEAD.unpack(head)
        limit_time(seconds)
        given.write(decoded(taken.read(length), orientation, longest))
        given.flush()


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:4]))
