"""The commands: each says what it takes and does it, by calling the package."""
