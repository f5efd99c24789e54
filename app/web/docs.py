"""The contract, at /openapi.json, and a page to browse it, at /docs, which needs no internet.

The page's program, Swagger UI 4, reads no OpenAPI 3.1: it is given the same document in 3.0.
"""

from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import swagger_ui_bundle
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from app.web.errors import error_response
from app.web.routing import Entry, PathUnknown
from app.web.vendors.calls import Face
from app.web.vendors.catalog import FACES

_ASSETS = Path(swagger_ui_bundle.swagger_ui_path)
_SERVED = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postil: the API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="contract"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/docs/openapi-3.0.json",
  dom_id: "#contract",
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false,
  validatorUrl: null,
});
"""
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}


def routes_of() -> list[Entry]:
    folder = files("openapi")
    contract = (folder / "openapi.json").read_bytes()
    older = (folder / "openapi-3.0.json").read_bytes()
    vendors = [
        Entry("GET", contract_of(face), partial(_contract, _vendors(folder, face)), error_response)
        for face in FACES
    ]
    return [
        *vendors,
        Entry("GET", "/openapi.json", partial(_contract, contract), error_response),
        Entry("GET", "/docs/openapi-3.0.json", partial(_contract, older), error_response),
        Entry("GET", "/docs", _page, error_response),
        Entry("GET", "/docs/start.js", _start, error_response),
        Entry("GET", "/docs/{name}", _asset, error_response),
    ]


def contract_of(face: Face) -> str:
    """Where the contract of FACE is told."""
    return f"/openapi/{face.name}.json"


def _vendors(folder: Traversable, face: Face) -> bytes:
    return (folder / "vendors" / f"{face.name}.json").read_bytes()


async def _contract(contract: bytes, request: Request) -> Response:
    return Response(contract, media_type="application/json")


async def _page(request: Request) -> Response:
    return HTMLResponse(_PAGE, headers=_POLICY)


async def _start(request: Request) -> Response:
    return Response(_START, media_type="text/javascript")


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _SERVED:
        raise PathUnknown(request.url.path)
    return FileResponse(_ASSETS / name, media_type=_SERVED[name])
