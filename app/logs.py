"""Logs: one JSON object a line, on standard error. No header, no body and no key is ever logged."""

import logging
import sys
from typing import Any

import structlog

LONGEST = 2048  # characters of one value


def configure(level: str) -> None:
    """Send our own and the libraries' records through one pipe."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _shortened,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def _shortened(logger: Any, method: str, event: Any) -> Any:
    """EVENT with no value but the traceback longer than LONGEST."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) > LONGEST and name != "exception":
            event[name] = value[:LONGEST] + "..."
    return event
