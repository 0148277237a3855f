"""The Textual application of minusnow-setup."""
