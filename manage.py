#!/usr/bin/env python
"""Django's command line. Without settings of its own it works on the demo, and starts its servers when they sleep."""

import os
import sys

# Celery looks for Django when its application is made, which importing the portal does.
settings = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")

from django.core.management import execute_from_command_line  # noqa: E402

from portal import embedded  # noqa: E402

if __name__ == "__main__":
    if settings != "portal.settings.production":
        embedded.start_missing()
    execute_from_command_line(sys.argv)
