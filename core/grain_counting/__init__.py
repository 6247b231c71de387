"""A photo of scattered grains, grain by grain: each one cut out, classified, counted."""
