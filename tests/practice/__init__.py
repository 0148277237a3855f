"""Tests of wizard.practice."""
