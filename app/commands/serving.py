"""`postil serve`."""

import gc

import structlog

from app.fetching import Fetcher, hosts_of
from app.logs import configure
from app.main import build
from app.settings import Settings
from app.storage.opening import migrate, open_database
from app.web.edge import serve as serve_app
from app.work import Sources


def serve(settings: Settings) -> None:
    """Serve until a signal ends it."""
    configure(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    sources = Sources(fetcher=Fetcher(hosts_of(settings.allowed_private_hosts)))
    database = open_database(
        settings.database_url, sources=sources, connections=settings.database_connections
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
