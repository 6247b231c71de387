"""Recognition and safety checks of model files, before any library opens them."""
