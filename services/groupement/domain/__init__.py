"""Pure rules of buying together: no clock, no database, no network."""
