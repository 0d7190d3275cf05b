"""Loaded before Django: the suite's own embedded servers, where no URL names real ones."""

import os

from portal import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
embedded.start_missing()
