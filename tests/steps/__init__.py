"""Tests of wizard.steps."""
