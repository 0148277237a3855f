"""Tests of the stand-in application, run for real on loopback."""
