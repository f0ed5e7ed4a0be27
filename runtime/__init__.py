"""How it is run, judged and shipped."""
