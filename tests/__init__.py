"""Tests of minusnow-setup."""
