"""Jinja2 rendering of site and facts into files."""
