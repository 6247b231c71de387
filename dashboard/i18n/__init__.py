"""Texts of the page in both languages."""
