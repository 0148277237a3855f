"""Tests of wizard.resources."""
