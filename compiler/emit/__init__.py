"""Loops to text, one target per file."""
