"""Faces that clients of other systems know: each a folder that ends in ROUTES, and adds no rule."""
