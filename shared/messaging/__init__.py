"""Events between services: written with the state, delivered at least once, effective once."""
