"""The version of the code that runs."""

from importlib import metadata

try:
    VERSION = metadata.version("essaim")
except metadata.PackageNotFoundError:  # a checkout that was never installed
    VERSION = "0.0.0+checkout"
