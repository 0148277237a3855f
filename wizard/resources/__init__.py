"""Idempotent building blocks: each looks, compares and says what it would change."""
