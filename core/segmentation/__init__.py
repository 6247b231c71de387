"""Segmentation: rice against background, and touching grains."""
