"""Long work for the page: models in memory, whose turn it is, what is explained when."""
