"""SciPy itself, under autograd's names for its modules."""
