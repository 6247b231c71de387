"""Helpers that know neither rice nor models: parallel work, intervals, sorting."""
