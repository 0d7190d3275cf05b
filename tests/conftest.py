"""What every package's tests may ask for."""

from tests.sandbox import sandbox, web

__all__ = ["sandbox", "web"]
