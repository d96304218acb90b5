"""Settings of the web server that runs Tryton: it ends with the process that started it.

The starter holds the other end of standard input. When that end closes, even because the starter was killed,
the server stops; so no test run leaves a Tryton behind.
"""

import os
import signal
import threading
from typing import Any

workers = 1  # SQLite has one writer at a time
threads = 4
timeout = 120
control_socket_disable = True


def when_ready(server: Any) -> None:
    threading.Thread(target=stop_when_starter_is_gone, daemon=True).start()


def stop_when_starter_is_gone() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
