"""Validation of the evidence, on models with a known shortcut and on the project's own."""
