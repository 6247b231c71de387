"""The evidence put to the test on models that are known to cheat, and on the project's own."""
