"""The commands: each module defines the arguments of one and runs it."""
