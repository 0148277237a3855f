"""Tests against the practice fleet: real hosts on this machine."""
