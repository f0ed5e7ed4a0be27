"""Kernels written out for applications that do not have texjit."""
