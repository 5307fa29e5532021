"""One intention per module: load, ask the domain, write state and events."""
