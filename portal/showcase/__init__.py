"""Behind the showcase pages: people to look at, their devices, sample events, the sandbox's dials. Demo only."""
