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


def _settings(data: Path | None, database: str | None, **given: Any) -> Settings:
    """The settings of the environment, and over them those of the command line."""
    asked = {"data": data, "database": database, **given}
    return Settings(**{name: value for name, value in asked.items() if value is not None})


def main() -> None:
    """Run the command that the arguments name; say what is wrong in a line, and exit with 1."""
    from app.commands.failures import Failed, told

    try:
        cli()
    except Failed as error:
        print(f"postil: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if message := told(error):
            print(f"postil: {message}", file=sys.stderr)
            sys.exit(1)
        raise


if __name__ == "__main__":
    main()
