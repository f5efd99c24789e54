"""What to say of whatever ends a command: a line, with the next step. It is loaded once something has."""

import psycopg
import pydantic

from app.errors import Problem
from app.keeping.refusals import Refused
from app.storage import postgresql, sqlite
from app.web.edge import NotStarted


def told(error: Exception) -> str | None:
    """What to say of ERROR; None where it is a fault of ours, whose traceback is wanted."""
    match error:
        case sqlite.Locked() | postgresql.Locked() | Refused():
            return str(error)
        case NotStarted() | LookupError() | ValueError() if not isinstance(error, KeyError):
            return str(error)
        case psycopg.OperationalError():
            return f"PostgreSQL cannot be used: {str(error).strip()}"
        case pydantic.ValidationError():
            return f"a setting is wrong: {error}"
        case OSError() | RuntimeError():
            return str(error)
        case Problem():
            return error.detail
    return None
