"""The outside systems, one folder each, and the kit that they share."""
