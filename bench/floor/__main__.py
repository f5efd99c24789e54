"""`python -m bench.floor URL` serves the database at URL on a free port."""

import sys

from bench.floor.asgi import Floor, Store
from bench.floor.postgresql import Postgresql
from bench.floor.sqlite import Sqlite
from bench.serving import serve


def main(url: str) -> None:
    store: Store = Sqlite(url) if url.startswith("sqlite:") else Postgresql(url)
    serve(Floor(store))


if __name__ == "__main__":
    main(sys.argv[1])
