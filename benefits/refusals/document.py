"""Why a document is not taken."""

from django.utils.translation import gettext as _

from benefits.refusals.base import BenefitRefused


class DocumentRefused(BenefitRefused):
    code = "document_refused"


class NotADocument(DocumentRefused):
    """Its content is neither PDF, JPEG nor PNG, whatever it is called, or it is damaged."""

    code = "not_a_document"

    def __str__(self) -> str:
        return _("This file can't be read. Please send a PDF, or a picture as JPEG or PNG, without a password.")


class DocumentTooLarge(DocumentRefused):
    """`megabytes`: the most."""

    code = "document_too_large"

    def __init__(self, megabytes: int) -> None:
        super().__init__(megabytes)
        self.megabytes = megabytes

    def __str__(self) -> str:
        return _("A file may have at most %(megabytes)s MB. Please send a smaller one.") % {"megabytes": self.megabytes}


class EmptyDocument(DocumentRefused):
    code = "empty_document"

    def __str__(self) -> str:
        return _("This file is empty. Please choose it once more.")


class TooManyDocuments(DocumentRefused):
    """`most`: of one case or visit."""

    code = "too_many_documents"

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def __str__(self) -> str:
        return _("There can be at most %(most)s documents.") % {"most": self.most}


class NotVisitedYet(DocumentRefused):
    """A report is of a visit for which the guest has come."""

    code = "not_visited_yet"

    def __str__(self) -> str:
        return _("Please check the guest in first: a report belongs to a visit that took place.")
