"""A photo and a network become an explanation: class activation maps, and their pictures."""
