"""Unit tests run on slow shared machines: a property has no time limit per example."""

from hypothesis import settings

settings.register_profile("essaim", deadline=None)
settings.load_profile("essaim")
