"""The pages, each with what it asks of the API."""
