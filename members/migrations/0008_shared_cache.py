from django.db import migrations


class Migration(migrations.Migration):
    """The table of the cache that all processes share, as `createcachetable` would make it."""

    dependencies = [("members", "0007_one_time_codes")]

    operations = [
        migrations.RunSQL(
            [
                'CREATE TABLE "shared_cache" ("cache_key" varchar(255) NOT NULL PRIMARY KEY, "value" text NOT NULL, '
                '"expires" timestamp with time zone NOT NULL)',
                'CREATE INDEX "shared_cache_expires" ON "shared_cache" ("expires")',
            ],
            'DROP TABLE "shared_cache"',
        )
    ]
