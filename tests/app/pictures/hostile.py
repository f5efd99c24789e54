"""Pictures that want to cost much, or to be taken for something else; all are made here."""

import struct
import zlib


def png(
    width: int, height: int, rows: bytes = b"", *, depth: int = 8, kind: int = 2, before: bytes = b""
) -> bytes:
    """A PNG whose header claims so many pixels, and whose data inflate to ROWS."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    data = zlib.compress(rows, 9)
    parts = (chunk(b"IHDR", header), before, chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb() -> bytes:
    """12,000 x 12,000 black points in some 18 kB; decoded to colours they take 700 MB."""
    return png(12_000, 12_000, b"\0" * (12_000 * 1_501), depth=1, kind=0)


def jpeg_bomb() -> bytes:
    """A JPEG whose frame claims 65,500 x 65,500 pixels."""
    frame = struct.pack(">HBHHB", 17, 8, 65_500, 65_500, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0"
    return b"\xff\xd8\xff\xc0" + frame + b"\xff\xda\x00\x08" + b"\0" * 100


def text_bomb() -> bytes:
    """A small PNG with a text that inflates to 200 MB."""
    inflated = zlib.compressobj(9)
    text = b"".join(inflated.compress(b"\0" * 1_000_000) for _ in range(200)) + inflated.flush()
    return png(1, 1, b"\0\0\0\0", before=chunk(b"zTXt", b"Comment\0\0" + text))


def unfinished(picture: bytes) -> bytes:
    return picture[: len(picture) // 2]


HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF_HTML = b"GIF89a/*\x01\0\x80\0\0\0\0\0\0\0\0;*/" + HTML

NO_PICTURES = {
    "nothing": b"",
    "html": HTML,
    "svg": SVG,
    "gif and html": GIF_HTML,
    "a signature alone": b"\x89PNG\r\n\x1a\n",
    "a png without its data": png(10, 10),
    "a png of no size": png(0, 10, b""),
    "html behind a jpeg's signature": b"\xff\xd8\xff" + HTML,
    "a jpeg that fills for ever": b"\xff\xd8\xff" + b"\xff" * 100_000,
    "a jpeg of empty segments": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000,
    "a riff that is no webp": b"RIFF\x00\x00\x00\x00WEBPVP8Z" + b"\0" * 40,
    "a bitmap": b"BM" + b"\0" * 60,
}
