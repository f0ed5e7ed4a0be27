"""What is meant: documents, their formulas, and equations in index form."""
