"""Rice Lens measured against its peers, side by side: `python -m tests.bench`. See README.md."""
