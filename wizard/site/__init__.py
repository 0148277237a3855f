"""The site model: what the customer wants, without secrets and without I/O except file.py."""
