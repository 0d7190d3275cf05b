from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the table's work, which no transaction can hold.
    atomic = False

    dependencies = [
        ("members", "0001_initial"),
        ("notifications", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(fields=["agent"], condition=models.Q(agent__isnull=False), name="message_agent"),
        ),
    ]
