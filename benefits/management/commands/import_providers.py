"""`manage.py import_providers DIR` (docs/providers.md); exits with 0 all in, 1 rows rejected, 2 a file refused."""

from benefits.actions.import_network import import_network
from benefits.network.sheets import FILE_NAMES
from members.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Imports providers, their sites, hours, services, closed days, contracts and prices: docs/providers.md."
    file_names = FILE_NAMES
    import_files = staticmethod(import_network)
