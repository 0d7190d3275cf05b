"""An invented network of providers (`manage.py make_provider_network`), for demonstrations, tests and measurements."""
