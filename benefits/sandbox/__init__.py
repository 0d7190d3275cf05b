"""A stand-in for whoever keeps the bookings of providers, as a process of its own. Standard library only."""
