"""LaTeX: tokens, grammar and surface trees, and the way back."""
