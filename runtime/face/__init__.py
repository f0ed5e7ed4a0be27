"""texjit: equations in, certified kernels out."""
