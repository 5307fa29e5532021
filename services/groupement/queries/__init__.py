"""Reads for the pages and the API, always scoped to an organisation."""
