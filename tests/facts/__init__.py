"""Tests of wizard.facts."""
