"""What a client calls the file that it sends: the base name, as a label. It knows no request and no file."""

from urllib.parse import unquote_to_bytes

from app import filenames


def name_in_header(value: str) -> str:
    """The name that the header X-filename spells, percent-encoded or not. Raises Invalid `filename_invalid`.

    A path, as some clients send it, is cut to its last part before it is decoded: a slash that is encoded
    is part of the name then, and refused.
    """
    raw = _base(value.strip().encode("latin-1", "replace"))
    return filenames.checked(_text(unquote_to_bytes(raw)))


def name_in_part(value: bytes) -> str:
    """The same of the filename of a part, in which browsers encode a quotation mark and nothing else."""
    return filenames.checked(_text(_base(value).replace(b"%22", b'"')))


def _base(path: bytes) -> bytes:
    return path.replace(b"\\", b"/").rpartition(b"/")[2]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
