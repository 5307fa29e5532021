"""JSON API: ask for an alert, read the journal."""
