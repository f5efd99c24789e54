"""The page at /docs needs no internet: it refers to what the service serves, and may load no more."""

import json
import re

import pytest

from tests.lab import House

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def test_the_page_refers_to_what_the_service_serves_in_the_right_types(house: House) -> None:
    page = house.client.get("/docs")
    found = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    start = house.client.get("/docs/start.js").text
    contract = re.findall(r'url: "([^"]+)"', start)

    types = {at: house.client.get(at).headers["content-type"].partition(";")[0] for at in found + contract}

    assert types == {
        "/docs/favicon-32x32.png": "image/png",
        "/docs/swagger-ui.css": "text/css",
        "/docs/swagger-ui-bundle.js": "text/javascript",
        "/docs/start.js": "text/javascript",
        "/docs/openapi-3.0.json": "application/json",
    }


def test_the_page_says_what_it_may_load_and_runs_nothing_of_its_own_text(house: House) -> None:
    page = house.client.get("/docs")

    policy = dict(
        part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";")
    )
    assert policy == POLICY
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script>|<script [^>]*>[^<]| on\w+=|https?://", page.text)


def test_the_page_is_given_a_version_that_its_program_reads(house: House) -> None:
    # Swagger UI 4, which is bundled, refuses OpenAPI 3.1 as a whole.
    program = house.client.get("/docs/swagger-ui-bundle.js").text

    assert "3.1" not in json.loads(house.client.get("/docs/openapi-3.0.json").text)["openapi"]
    assert "openapi: 3.0.n" in program


@pytest.mark.parametrize(
    "at", ["/docs/index.html", "/docs/..%2f..%2fapp%2fmain.py", "/docs/swagger-ui.js.map"]
)
def test_nothing_else_is_served_beside_the_page(house: House, at: str) -> None:
    assert house.client.get(at).status_code == 404


def test_the_contract_is_served_as_it_is_committed(house: House) -> None:
    served = json.loads(house.client.get("/openapi.json").text)

    assert served["openapi"] == "3.1.0"
    assert "/entries/{id}/submit" in served["paths"]
