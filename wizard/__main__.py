"""Lets `python -m wizard` run the program."""

from wizard.cli.main import entry

entry()
