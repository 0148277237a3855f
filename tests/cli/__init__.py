"""Tests of wizard.cli."""
