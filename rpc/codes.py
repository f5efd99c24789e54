"""The numbers that stand in `error.code`; knows nothing of when each is sent.

Sources: https://www.jsonrpc.org/specification#error_object for the five, and -32000 to -32099 are left
there to servers: ours end like the HTTP status that means the same (-32004 is 404).
"""

from typing import Final

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603

AUTHENTICATION: Final = -32001
FORBIDDEN: Final = -32003
NOT_FOUND: Final = -32004
CONFLICT: Final = -32009
