"""Values as JSON, for all formats that write it. It must not know what they mean."""

from typing import Any

import msgspec

from app.formats.left_out import LeftOut

NOT_WRITABLE = (
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
)  # lone surrogates, numbers beyond 64 bits
encode = msgspec.json.Encoder().encode


def encoded(value: Any) -> bytes:
    """VALUE as JSON. Raises LeftOut where JSON cannot hold it."""
    try:
        return encode(value)
    except NOT_WRITABLE as error:
        raise LeftOut("value_not_writable", f"it holds what JSON cannot: {error}") from None
