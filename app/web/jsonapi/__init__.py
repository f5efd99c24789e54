"""JSON:API 1.1 (https://jsonapi.org/format/1.1/) over every resource of the catalog."""
