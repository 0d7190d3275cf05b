from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import checks, metrics  # noqa: F401  # checks registers itself

        metrics.register()
