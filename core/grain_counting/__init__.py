"""Photos of scattered grains: each grain found, classified and counted."""
