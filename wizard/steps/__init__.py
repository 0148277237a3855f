"""One module per step of the installation; sequence.py is the whole of it."""
