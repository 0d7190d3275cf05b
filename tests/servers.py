"""Loaded before Django: the suite's own embedded servers, where no URL names real ones.

Apart from the demo's, so that the suite may run beside it.
"""

import os

from portal import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
os.environ.setdefault("BANYAN_VAR", str(embedded.ROOT / "var" / "test"))
embedded.start_missing()
