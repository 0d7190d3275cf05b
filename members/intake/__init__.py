"""What a policy event must look like to be taken in, and what it meets there (docs/feeds.md, "Policy events")."""
