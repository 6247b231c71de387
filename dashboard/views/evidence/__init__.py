"""Whether the model looks at the rice: the verdict, and the checks behind it."""
