"""The whole platform on one machine: `python -m portal.demo` (`make demo`)."""
