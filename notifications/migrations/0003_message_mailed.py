from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the table's work, which no transaction can hold.
    atomic = False

    dependencies = [
        ("notifications", "0002_message_agent"),
    ]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["provider_ref"],
                condition=models.Q(channel="eletter") & ~models.Q(provider_ref=""),
                name="message_mailed",
            ),
        ),
    ]
