"""Documents and declarations that ship with texjit."""
