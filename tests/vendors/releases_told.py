"""A script of any SDK's environment: which releases of the packages that are named its Python finds."""

import importlib
import json
import sys
from importlib.metadata import version

from tests.vendors.pauses import pause


def main(names: list[str]) -> dict[str, str]:
    """The release of each distribution=module of NAMES; its module must import."""
    pairs = [name.split("=") for name in names]
    for _, module in pairs:
        importlib.import_module(module)
    pause("imported")
    return {distribution: version(distribution) for distribution, _ in pairs}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
