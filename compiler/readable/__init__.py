"""Programs as formulas that people read: sums of products, short, with the names that the author gave."""
