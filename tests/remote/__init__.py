"""Tests of wizard.remote."""
