"""Event contracts: one JSON file per event version, and the catalogue that reads them."""
