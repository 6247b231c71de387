"""General helpers: parallel work, confidence intervals, sorting, progress."""
