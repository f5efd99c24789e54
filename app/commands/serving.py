"""`postil serve`."""

import gc

import structlog

from app.commands.failures import Failed
from app.commands.sources import sources_of
from app.logs import configure
from app.main import build
from app.settings import Settings
from app.storage.opening import migrate, open_database
from app.web.edge import serve as serve_app


def serve(settings: Settings) -> None:
    """Serve until a signal ends it. Raises Failed."""
    if settings.is_embedded and not settings.workers:
        raise Failed("on SQLite nobody but `postil serve` works jobs: set POSTIL_WORKERS to 1 or more")
    configure(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    database = open_database(
        settings.database_url, sources=sources_of(settings), connections=settings.database_connections
    )
    log = structlog.get_logger("postil.server")

    def log_edge(event: str, **fields: object) -> None:
        log.warning(event, **fields)

    serve_app(build(settings, database), settings.host, settings.port, _announce, log=log_edge)


def _announce(url: str) -> None:
    # What is loaded by now stays to the end. The collector need not look through it again and again: it took
    # 70 ms each time, in the middle of a large request. Requests make few cycles, so it need not look often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    print(f"listening on {url}", flush=True)
