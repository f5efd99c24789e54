"""`postil demo`."""

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.commands.opened import opened
from app.demo import story
from app.demo.player import is_played, play, put_pictures
from app.settings import Settings
from app.work import SYSTEM


def demo(settings: Settings) -> None:
    """Make the sample project, and print a key of its owner."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with opened(settings) as database:
        put = {} if database.read_now(SYSTEM, is_played) else put_pictures(database.sources)
        sample = database.write_now(SYSTEM, lambda work: play(work, put))
        database.sources.decoder.close()
    what = "is made" if sample.is_new else "is there already"
    print(f"The sample project {story.PROJECT.name} of {story.ORGANIZATION} {what}.")
    print("Open the server's address in a browser and sign in with this key, or send it with requests.")
    print(f"A key of its owner (the one before, if any, is refused from now on): {sample.key}")
