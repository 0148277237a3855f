"""What goes wrong on purpose: faults on this machine; real hosts have tests/fleet/faults."""
