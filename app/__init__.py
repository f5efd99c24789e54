"""The service: the only package that joins the others."""
