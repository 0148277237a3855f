"""Tests of wizard.render."""
