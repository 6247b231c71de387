"""Diagnosis of a model file and its input convention: `python -m core check`."""
