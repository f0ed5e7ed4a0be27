"""How it is computed: typed expressions, passes, loops, emitted text."""
