#!/usr/bin/env python
"""Django's command line. Without settings of its own it works on the demo, and starts its servers when they sleep."""

import os
import sys

from django.core.management import execute_from_command_line

from portal import embedded

if __name__ == "__main__":
    if os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo") != "portal.settings.production":
        embedded.start_missing()
    execute_from_command_line(sys.argv)
