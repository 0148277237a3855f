"""Simulated hosts: the whole way can be walked on any machine, and nothing is changed anywhere."""
