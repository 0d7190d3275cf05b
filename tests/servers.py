"""Loaded before Django: the suite's own embedded servers, where no URL names real ones.

Apart from the demo's, so that the suite may run beside it.
"""

import os

# Celery looks for Django when its application is made, which importing the portal does.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

from portal import embedded

os.environ.setdefault("BANYAN_VAR", str(embedded.ROOT / "var" / "test"))
embedded.start_missing()
