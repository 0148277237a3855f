"""Secrets: names in the site, values in the keyring, masking of everything that leaves."""
