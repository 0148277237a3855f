"""The engine of minusnow-setup; it knows no user interface toolkit."""
