"""Reads for pages and API, always within what the reader may see."""
