"""Run Tryton until Ctrl-C: python -m trueup.sandbox.tryton [NUMBER OF ARTICLES]"""

import signal
import sys

from .server import running_tryton

with running_tryton(int((sys.argv[1:] or ["60"])[0]), say=print) as tryton:
    print(f"Tryton answers at {tryton.url}, database {tryton.database}, user {tryton.user}, data in {tryton.data}")
    print(f"REST key: {tryton.rest_key}\nPassword: {tryton.password}\nCtrl-C ends it.", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
