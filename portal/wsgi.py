"""The web server's way in. It starts only where no default password opens the staff pages, and no invented photo
proves who somebody is.
"""

import os

from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
application = get_wsgi_application()
checked = run_checks(tags=[Tags.database, Tags.security], databases=["default"])
if faults := [str(fault) for fault in checked if fault.is_serious()]:
    raise ImproperlyConfigured("\n".join(faults))
