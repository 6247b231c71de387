"""Synthetic photos of rice, drawn or composed from a seed, with exact labels of every grain."""
