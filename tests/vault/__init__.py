"""Tests of wizard.vault."""
