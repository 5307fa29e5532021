"""Whether this process has been asked to stop: what lasts (open streams) ends at once."""

import threading
from typing import Final

STOPPING: Final = threading.Event()
