"""How long something takes or lasts, as ISO 8601 writes it: of days or less, such as PT30M."""

import re
from functools import lru_cache

_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?", re.ASCII)
_UNITS = (86400, 3600, 60, 1)  # seconds


@lru_cache(1024)
def seconds_of(duration: str) -> float:
    """The seconds of DURATION. Raises ValueError where it is none from a second to a year."""
    found = _DURATION.fullmatch(duration)
    parts = [int(part or 0) for part in found.groups()] if found else []
    total = sum(part * unit for part, unit in zip(parts, _UNITS, strict=False))
    if not 1 <= total <= 366 * 86400:
        raise ValueError("a duration from a second to a year is expected, such as PT30M")
    return float(total)
