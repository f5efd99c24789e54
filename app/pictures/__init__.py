"""Pictures: what their headers say, what they are once decoded. It knows no record, no file and no HTTP."""

from app.pictures.decoder import LARGEST_BYTES, Decoded, Decoder
from app.pictures.headers import LARGEST_PIXELS, LARGEST_SIDE, Header, header_of, is_like_a_picture

__all__ = [
    "LARGEST_BYTES",
    "LARGEST_PIXELS",
    "LARGEST_SIDE",
    "Decoded",
    "Decoder",
    "Header",
    "header_of",
    "is_like_a_picture",
]
