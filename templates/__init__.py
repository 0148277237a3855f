"""Jinja2 templates of every file that is placed on a host, one folder per system."""
