"""`manage.py add_reference_photo C900000001 portrait.jpg`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.add_reference_photo import add_reference_photo
from members.face.frames import UnreadableFrame
from members.face.seams import NoUsablePhoto
from members.models import Customer


class Command(BaseCommand):
    help = "Keeps a photo of a customer, sealed, that faces before the camera are compared with. Not for production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer_no")
        parser.add_argument("file", type=Path, help="JPEG, PNG or WebP with one face")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(customer_no=options["customer_no"]).first()
        if customer is None:
            raise CommandError(f"There is no customer {options['customer_no']}.")
        try:
            add_reference_photo(customer=customer, photo=options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except UnreadableFrame as error:
            raise CommandError(f"{options['file']}: no picture to compare with ({error.reason})") from error
        except NoUsablePhoto as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self.stdout.write(f"Kept the photo of {customer.customer_no}.")
