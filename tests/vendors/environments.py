"""The environments that vendors' SDKs are installed in: one a lock in requirements/vendors/, made once.

It knows no SDK beyond its lock's name. `make clean` removes them with the environment that they stand in.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements" / "vendors"
OURS = Path(sys.prefix) if sys.prefix != sys.base_prefix else ROOT / ".venv"
PLACE = OURS / "vendors"


@dataclass(frozen=True)
class Environment:
    """What the lock NAME.txt holds; with a BASE, laid over that environment, whose packages it hides."""

    name: str
    base: str = ""

    @property
    def lock(self) -> Path:
        return LOCKS / f"{self.name}.txt"

    @property
    def folder(self) -> Path:
        return PLACE / self.name

    @property
    def python(self) -> Path:
        return PLACE / (self.base or self.name) / "bin" / "python"

    @property
    def variables(self) -> Mapping[str, str]:
        """What a program of it must find in the environment: where it looks for modules."""
        return {"PYTHONPATH": os.pathsep.join([*([str(self.folder)] if self.base else []), str(ROOT)])}


ENVIRONMENTS = {
    one.name: one
    for one in [
        Environment("segments"),
        Environment("segments-1.9.2", base="segments"),
        Environment("datagym"),
        Environment("datagym-0.5.2", base="datagym"),
        Environment("jtheta"),
    ]
}


def installed(name: str) -> Environment:
    """The environment NAME, brought to what its lock says. A stamp makes a second call free.

    Tests run in several processes: one of them installs, and the others wait for it.
    """
    environment = ENVIRONMENTS[name]
    if environment.base:
        installed(environment.base)
    PLACE.mkdir(parents=True, exist_ok=True)
    stamp = environment.folder / ".stamp"
    with open(PLACE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(sys.version.encode() + environment.lock.read_bytes()).hexdigest()
        if not stamp.is_file() or stamp.read_text() != wanted:
            shutil.rmtree(environment.folder, ignore_errors=True)
            _install(environment)
            stamp.write_text(wanted)
    return environment


def _install(environment: Environment) -> None:
    """Lay the packages of the lock into the folder, and no others: what an SDK names may be years old."""
    if not environment.base:
        _run(sys.executable, "-m", "venv", "--without-pip", str(environment.folder))
    options = ["--disable-pip-version-check", "--quiet", "--python", str(environment.python)]
    wanted = ["install", "--no-compile"]  # what a script imports is compiled then, and that is little
    place = ["--target", str(environment.folder)] if environment.base else []
    # Nothing is fetched for a build either: what a source is built with stands in the lock of the base.
    rules = ["--require-hashes", "--no-deps", "--no-build-isolation", "--ignore-requires-python"]
    lock = ["-r", str(environment.lock)]
    _run(sys.executable, "-m", "pip", *options, *wanted, *rules, *place, *lock)


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
