"""Long-running work of the page: models in memory, queues and locks."""
