"""Loaded before Django: the suite's own embedded servers, where no URL names real ones.

Apart from the demo's, so that the suite may run beside it; and each process of the suite has its own, since PostgreSQL
hides events from readers as long as any transaction of the server is older, be it of another process's test.
"""

import os

# Celery looks for Django when its application is made, which importing the portal does.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

from portal import embedded

#: In the environment that the suite's processes inherit from the first one: what that one has started.
OWN = "BANYAN_TESTS_OWN"

os.environ.setdefault("BANYAN_VAR", str(embedded.ROOT / "var" / "test"))
#: For what the processes share: a browser, once fetched.
SHARED = embedded.var()

process = os.environ.get("PYTEST_XDIST_WORKER")
if process and OWN in os.environ:  # what a test starts in its turn uses the servers of its process
    for name in os.environ.pop(OWN).split():
        del os.environ[name]
    os.environ["BANYAN_VAR"] = str(SHARED / process)
elif not process:
    os.environ[OWN] = " ".join(name for name in ("DATABASE_URL", "CELERY_BROKER_URL") if not os.environ.get(name))
embedded.start_missing()
