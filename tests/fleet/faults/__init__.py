"""Faults on real hosts: injected, named by the installer, repaired, and the site finished."""
