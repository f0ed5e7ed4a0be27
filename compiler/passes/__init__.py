"""Rewrites of programs, one per file; ``pipeline.py`` orders them."""
