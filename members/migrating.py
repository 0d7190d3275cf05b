"""What keeps migrating an empty database short.

Django draws anew, for every operation, all models that are related to the one it changes, and nearly all are: to the
member. With 435 operations of our packages it took 70 s, with what is left of them 29 s.
"""

from functools import partial
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

#: Wagtail's come before packages of many models: beside those its hundred migrations would take twice as long.
AFTER_WAGTAIL = [
    ("wagtailcore", "0098_apitoken"),
    ("wagtaildocs", "0014_alter_document_file_size"),
    ("wagtailimages", "0027_image_description"),
    ("wagtailsearch", "0010_add_text_fields"),
    ("wagtailusers", "0015_userprofile_keyboard_shortcuts"),
]


def add_triggers(app_label: str) -> RunPython:
    """Puts down all triggers that the package's models have, in their options, at this point of its migrations.

    Instead of an `AddTrigger` each: 133 of them, in packages of 62 models.
    """
    return RunPython(partial(put_down, app_label), RunPython.noop)


def put_down(app_label: str, apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for model in apps.get_app_config(app_label).get_models():
        for trigger in getattr(model._meta, "triggers", ()):
            schema_editor.execute(trigger.install_sql, params=None)
