"""One intention per module: load, decide with the domain, write state and events."""
