"""Tests of wizard.run."""
