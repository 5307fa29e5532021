"""The story that must always run, played over HTTP as its people would live it."""
