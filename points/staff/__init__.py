"""The staff's pages, in the Wagtail admin."""
