"""Pure rules: what concerns a supplier, what is said to whom, and what becomes of a message."""
