"""The front of house: one application factory, one layout, one way to answer, for every service."""
