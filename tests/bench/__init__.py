"""Measurements that `make bench` runs; they are not tests."""
