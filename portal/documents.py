"""A paper is handed to somebody who may see it: to be kept, never shown by the browser itself, and stored nowhere."""

from django.http import FileResponse

from benefits.document_content import ENDINGS
from benefits.models import BenefitDocument


def handed_out(document: BenefitDocument) -> FileResponse:
    """Under a name that says nothing of whose it is."""
    answer = FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=f"document-{document.pk}.{ENDINGS[document.kind]}",
        content_type=document.kind,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer
