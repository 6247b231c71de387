"""Evidence view: the verdict whether the model looks at the rice, and its checks."""
