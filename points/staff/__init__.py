"""Pages of the staff, in the Wagtail admin."""
