"""URLs by which S3 itself hands out an object for a time, with headers of our choice.

obstore signs too, and cannot say headers. The rules:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

LONGEST = 7 * 24 * 3600  # seconds; S3 takes no longer ones


class Credentials(NamedTuple):
    """Who signs. TOKEN is that of a session, or empty."""

    key_id: str
    secret: str
    region: str
    token: str = ""


def presigned(url: str, said: Mapping[str, str], by: Credentials, now: float, seconds: int) -> str:
    """URL, to be got within SECONDS of NOW (since 1970), answered with the headers that SAID names."""
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"a link lasts from 1 to {LONGEST} seconds")
    place = urlsplit(url)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{by.region}/s3/aws4_request"
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{by.key_id}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": by.token} if by.token else {}),
        **said,
    }
    query = "&".join(
        f"{quote(name, safe='')}={quote(parameters[name], safe='')}" for name in sorted(parameters)
    )
    path = quote(place.path)
    asked = f"GET\n{path}\n{query}\nhost:{place.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{by.secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return f"{place.scheme}://{place.netloc}{path}?{query}&X-Amz-Signature={_mac(key, text).hex()}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
