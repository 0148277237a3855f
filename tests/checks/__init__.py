"""Tests of wizard.checks."""
