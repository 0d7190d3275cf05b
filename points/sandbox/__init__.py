"""A stand-in for whoever tops up phones and memberships, as a process of its own. Standard library only."""
