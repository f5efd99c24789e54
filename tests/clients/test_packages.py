"""What is fetched from npm is named exactly, by hash, and from no place in particular."""

import json

from tests.clients.node import HERE


def test_the_lock_has_a_hash_for_every_package_and_no_address() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}

    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not any("resolved" in one for one in packages.values())


def test_the_clients_are_exact_releases_as_the_lock_has_them() -> None:
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]

    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
