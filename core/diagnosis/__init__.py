"""What a model file is, and which input convention it was trained with: `python -m core check`."""
