"""Values and arithmetic that every service shares: no I/O, no framework, no float."""
