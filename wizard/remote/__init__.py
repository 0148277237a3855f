"""Reaching hosts: the transport contract and its SSH implementation."""
