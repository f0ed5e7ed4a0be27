"""Derivatives: typed expressions to typed expressions, before anything is lowered."""
