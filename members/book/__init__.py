"""The policy book as the insurer's core delivers it (docs/feeds.md): reading, checking, rejecting; writes nothing."""
