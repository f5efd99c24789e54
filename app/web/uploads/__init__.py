"""Ways in for bytes: files that become assets, by a key or a signed address, and manifests of imports."""

from app.web.uploads.receiving import receiver_of
from app.web.uploads.routes import routes_of, signed_routes_of

__all__ = ["receiver_of", "routes_of", "signed_routes_of"]
