"""Tests of wizard.site."""
