"""The command line: `postil`, also `python -m app`."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from app.settings import Settings

cli = App(
    name="postil",
    help="Postil, a self-hosted annotation backend. Settings are also read from POSTIL_* in the environment.",
    version_flags=["--version"],
)
keys = App(name="key", help="Keys that programs sign in with.")
cli.command(keys)
jobs = App(name="job", help="Slow work that goes on behind the scenes.")
cli.command(jobs)
vendors = App(name="vendor", help="What comes over from other systems.")
cli.command(vendors)

Data = Annotated[Path | None, Parameter(help="Folder of the database file and the pictures.")]
Url = Annotated[
    str | None,
    Parameter(name="--database", help="postgresql://... or sqlite:///FILE; by default a file in --data."),
]


@cli.command
def serve(
    *,
    data: Data = None,
    database: Url = None,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    port: Annotated[int | None, Parameter(help="Port; 0 picks a free one.")] = None,
) -> None:
    """Serve the API. Prints one line, `listening on http://HOST:PORT`, when it is ready."""
    from app.commands import serving

    serving.serve(_settings(data, database, host=host, port=port))


@cli.command
def work(
    *,
    threads: Annotated[int, Parameter(help="Jobs that are worked at once.")] = 2,
    data: Data = None,
    database: Url = None,
) -> None:
    """Work jobs, beside the processes that serve: on PostgreSQL alone, and as many as you like."""
    from app.commands import working

    working.work(_settings(data, database), threads)


@cli.command
def migrate(*, data: Data = None, database: Url = None) -> None:
    """Bring the database's tables to this version. Run it before serving a new version."""
    from app.commands import setting_up

    setting_up.migrate(_settings(data, database))


@cli.command
def init(
    *,
    email: Annotated[str, Parameter(help="Email of the organization's first owner.")],
    organization: Annotated[str, Parameter(help="Name of the organization.")],
    data: Data = None,
    database: Url = None,
    json: Annotated[bool, Parameter(negative="", help="Print one JSON object on the last line.")] = False,
) -> None:
    """Migrate, and make an organization, its owner, and a key, which is shown this once."""
    from app.commands import setting_up

    setting_up.init(_settings(data, database), email, organization, as_json=json)


@cli.command
def demo(
    *,
    data: Data = None,
    database: Url = None,
) -> None:
    """Fill the database with a sample project of real photographs. Run again, it changes nothing."""
    from app.commands import sample

    sample.demo(_settings(data, database))


@cli.command
def check(*, data: Data = None, database: Url = None) -> None:
    """Report versions, settings and integrity. Exits with 1 where something is wrong."""
    from app.commands import setting_up

    setting_up.check(_settings(data, database))


@cli.command(name="import")
def import_items(
    source: str,
    /,
    *,
    dataset: Annotated[str, Parameter(help="Id of the dataset that the items come into.")],
    format: Annotated[
        str | None, Parameter(help="Of a file of annotations: coco_instances, yolo_detect, voc, postil, ...")
    ] = None,
    download: Annotated[
        bool, Parameter(negative="", help="Fetch and keep the items of a manifest; else they stay there.")
    ] = False,
    split: Annotated[str | None, Parameter(help="Of items that do not say: train, valid, test.")] = None,
    label_set: Annotated[str | None, Parameter(help="Of which layers the annotations become.")] = None,
    replace: Annotated[
        bool, Parameter(negative="", help="Put annotations in place of those that are there.")
    ] = False,
    keep_authorship: Annotated[
        bool, Parameter(negative="", help="Keep the times and authors that are given.")
    ] = False,
    data: Data = None,
    database: Url = None,
) -> None:
    """Import SOURCE: a manifest (an address, or a .json or .ndjson file), pictures (files or a folder), or a
    file of annotations in a --format. What is there already is told, and not imported twice.
    """
    from app.commands import bringing

    options = {"format": format, "split": split, "label_set": label_set}
    flags = {"download": download, "replace": replace, "keep_authorship": keep_authorship}
    given = {name: value for name, value in {**options, **flags}.items() if value}
    bringing.bring_in(_settings(data, database), dataset, source, given)


@cli.command(name="export")
def export_dataset(
    out: Path,
    /,
    *,
    dataset: Annotated[str, Parameter(help="Id of the dataset.")],
    format: Annotated[str, Parameter(help="postil, coco_instances, yolo_segment, voc, csv, masks_png, ...")],
    release: Annotated[
        str | None, Parameter(help="Name of a release; made where there is none of that name.")
    ] = None,
    label_set: Annotated[str, Parameter(help="Of which layers the annotations are.")] = "ground-truth",
    pictures: Annotated[bool, Parameter(negative="", help="With the pictures that Postil has.")] = False,
    data: Data = None,
    database: Url = None,
) -> None:
    """Write a dataset to the file OUT in a format, as a release, which stays to be exported again."""
    from app.commands import bringing

    named = {"name": release or f"export {out.stem}", "label_set": label_set}
    with_pictures = "with" if pictures else "without"
    bringing.take_out(_settings(data, database), dataset, format, out, named, with_pictures)


@cli.command
def backup(file: Path, /, *, data: Data = None, database: Url = None) -> None:
    """Write everything, rows, files and secrets, into the new FILE. The server may run meanwhile."""
    from app.commands import keeping

    keeping.backup(_settings(data, database), file)


@cli.command
def restore(file: Path, /, *, data: Data = None, database: Url = None) -> None:
    """Restore the backup FILE into an empty place, SQLite or PostgreSQL, whichever it was made of."""
    from app.commands import keeping

    keeping.restore(_settings(data, database), file)


@cli.command
def move(
    *,
    to: Annotated[str, Parameter(help="postgresql://... or sqlite:///FILE: the empty place to move to.")],
    data: Data = None,
    database: Url = None,
) -> None:
    """Move the database to another, from SQLite to PostgreSQL or back. Stop the server first."""
    from app.commands import keeping

    keeping.move(_settings(data, database), to)


@cli.command
def erase(
    *,
    account: Annotated[str, Parameter(help="Id or email of the person's account.")],
    organization: Annotated[str | None, Parameter(help="Its name, where the email is in several.")] = None,
    data: Data = None,
    database: Url = None,
) -> None:
    """Erase a person: overwrite whatever tells who they were. What they made stays. It cannot be undone."""
    from app.commands import erasing

    erasing.erase(_settings(data, database), account, organization)


@keys.command
def create(
    *,
    email: Annotated[str, Parameter(help="Email of the account that signs in with it.")],
    name: Annotated[str, Parameter(help="What the key is for.")] = "",
    scope: Annotated[
        list[str] | None, Parameter(help="read, write, admin; several times for several.")
    ] = None,
    organization: Annotated[str | None, Parameter(help="Its name, where the email is in several.")] = None,
    data: Data = None,
    database: Url = None,
) -> None:
    """Make a key, and print it this once."""
    from app.commands import key_ring

    key_ring.create(_settings(data, database), email, name, scope or ["read", "write"], organization)


@keys.command(name="list")
def list_keys(*, data: Data = None, database: Url = None) -> None:
    """List every key: what it is for, whose, and when it was last used. Never the key itself."""
    from app.commands import key_ring

    key_ring.show(_settings(data, database))


@keys.command
def revoke(id: str, /, *, data: Data = None, database: Url = None) -> None:
    """Refuse the key ID from now on."""
    from app.commands import key_ring

    key_ring.revoke(_settings(data, database), id)


@cli.command
def link(
    email: Annotated[str, Parameter(help="Email of the account.")],
    /,
    *,
    organization: Annotated[str | None, Parameter(help="Its name, where the email is in several.")] = None,
    data: Data = None,
    database: Url = None,
) -> None:
    """Print a link by which EMAIL chooses a password for the dashboard, once, within three days."""
    from app.commands import key_ring

    key_ring.link(_settings(data, database), email, organization)


@vendors.command(name="import")
def import_vendor(
    vendor: str,
    files: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    project: Annotated[
        str | None, Parameter(help="Id of the project that gets a dataset for each file.")
    ] = None,
    dataset: Annotated[str | None, Parameter(help="Id of the dataset that all comes into.")] = None,
    owner: Annotated[
        str | None, Parameter(help="Email of who it is done as; the organization's first owner.")
    ] = None,
    download: Annotated[
        bool, Parameter(negative="", help="Fetch and keep pictures, and read masks out of theirs.")
    ] = False,
    data: Data = None,
    database: Url = None,
) -> None:
    """Bring a whole project over from FILES that VENDOR (datagym, segments) made: settings, classes, items,
    labels. Run again, it goes on where it was: what is there already is left alone.
    """
    from app.commands import moving_in

    place = moving_in.Place(project, dataset, owner, download)
    moving_in.move_in(_settings(data, database), vendor, files, place)


@jobs.command(name="list")
def list_jobs(
    *,
    open: Annotated[bool, Parameter(negative="", help="Only those that have not ended.")] = False,
    data: Data = None,
    database: Url = None,
) -> None:
    """List the newest jobs. A server may run meanwhile."""
    from app.commands import watching

    watching.show(_settings(data, database), is_open=open)


@jobs.command
def watch(id: str, /, *, data: Data = None, database: Url = None) -> None:
    """Show how far the job ID is until it ends, and its result. Exits with 1 where it did not succeed."""
    from app.commands import watching

    watching.follow(_settings(data, database), id)


@jobs.command
def cancel(id: str, /, *, data: Data = None, database: Url = None) -> None:
    """End the job ID. What it has done so far stays."""
    from app.commands import watching

    watching.cancel(_settings(data, database), id)


def _settings(data: Path | None, database: str | None, **given: Any) -> Settings:
    """The settings of the environment, and over them those of the command line."""
    asked = {"data": data, "database": database, **given}
    return Settings(**{name: value for name, value in asked.items() if value is not None})


def main() -> None:
    """Run the command that the arguments name; say what is wrong in a line, and exit with 1."""
    from app.commands.failures import Failed

    try:
        cli()
    except Failed as error:
        print(f"postil: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        from app.commands.telling import told

        if message := told(error):
            print(f"postil: {message}", file=sys.stderr)
            sys.exit(1)
        raise


if __name__ == "__main__":
    main()
