"""Training of classifiers on a folder of class folders."""
