"""The one way out: whatever the service fetches or sends goes through a `Fetcher`, which guards it.

No other file may import an HTTP client. Nothing here knows records, settings or a face.
"""

from app.fetching.failures import (
    FetchFailed,
    RedirectNotAllowed,
    TimedOut,
    TooLarge,
    Unreachable,
    UrlNotAllowed,
)
from app.fetching.fetcher import Fetched, Fetcher, Limits
from app.fetching.targets import hosts_of

__all__ = [
    "FetchFailed",
    "Fetched",
    "Fetcher",
    "Limits",
    "RedirectNotAllowed",
    "TimedOut",
    "TooLarge",
    "Unreachable",
    "UrlNotAllowed",
    "hosts_of",
]
