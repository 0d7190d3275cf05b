"""`manage.py import_policy_book DIR` (docs/feeds.md); exits with 0 all in, 1 rows rejected, 2 a file refused."""

from members.actions.import_policy_book import FILE_NAMES, import_policy_book
from members.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Imports agents.csv, products.csv, customers.csv and policies.csv, as docs/feeds.md says."
    file_names = FILE_NAMES
    import_files = staticmethod(import_policy_book)
