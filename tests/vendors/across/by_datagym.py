"""What somebody does with DataGym's SDK in a project of a name that they know: they take its labels away."""

import json
import sys
from typing import Any

from datagym import Client


def main(url: str, key: str, name: str) -> list[Any]:
    client = Client(api_key=key, base_url=url)
    project = client.get_project_by_name(name)
    exported: list[Any] = client.export_labels(project.id)
    return exported


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
