"""`python -m app` in whose queue few wait: what it takes to fill it is then no matter of the machine's speed.

python -m tests.app.short_queue serve --data ...
"""

from app.__main__ import main
from app.storage import database

LONGEST_QUEUE = 50

if __name__ == "__main__":
    database.LONGEST_QUEUE = LONGEST_QUEUE
    main()
