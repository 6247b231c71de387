"""Which pixels of a photo are rice, and which grain is which."""
