"""Publishing many templates at once, as Wagtail publishes one: a live revision and a line of history for each."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry, Revision

from notifications.models import Template

ROWS_PER_STATEMENT = 500
CONTENT = ("title", "body", "figures", "what_to_do", "shipped_digest")
STATE = ("live", "has_unpublished_changes", "first_published_at", "last_published_at")


@transaction.atomic
def publish_templates(templates: Sequence[Template]) -> None:
    """Stores these templates, new or known, and makes what they say live at once. They are valid (Template.clean)."""
    now = timezone.now()
    for template in templates:
        template.live, template.has_unpublished_changes, template.expired = True, False, False
        template.first_published_at = template.first_published_at or now
        template.last_published_at = now
    known = [template for template in templates if template.pk]
    Template.objects.bulk_update(known, [*CONTENT, *STATE], batch_size=ROWS_PER_STATEMENT)
    Template.objects.bulk_create([template for template in templates if not template.pk], batch_size=ROWS_PER_STATEMENT)
    content_type = ContentType.objects.get_for_model(Template)
    revisions = Revision.objects.bulk_create(
        [
            Revision(
                content_type=content_type,
                base_content_type=content_type,
                object_id=str(template.pk),
                created_at=now,
                object_str=str(template),
                content=template.serializable_data(),
            )
            for template in templates
        ],
        batch_size=ROWS_PER_STATEMENT,
    )
    for template, revision in zip(templates, revisions, strict=True):
        template.live_revision = template.latest_revision = revision
    Template.objects.bulk_update(templates, ["live_revision", "latest_revision"], batch_size=ROWS_PER_STATEMENT)
    ModelLogEntry.objects.bulk_create(
        [
            ModelLogEntry(
                content_type=content_type,
                object_id=str(template.pk),
                label=str(template),
                action="wagtail.publish",
                timestamp=now,
                revision=template.live_revision,
                content_changed=True,
            )
            for template in templates
        ],
        batch_size=ROWS_PER_STATEMENT,
    )
