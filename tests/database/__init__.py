"""Tests of wizard.database."""
