"""What a host is right now: a probe is a command plus a pure parser."""
