"""What a model file is, and what photos tell of it: `python -m core check`."""
