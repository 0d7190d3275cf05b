#!/usr/bin/env python
"""Django's command line; starts the embedded servers where no URL names real ones."""

import os
import sys

from django.core.management import execute_from_command_line

from portal import embedded

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")
    embedded.start_missing()
    execute_from_command_line(sys.argv)
