"""The command line: everything that the pages can do, for terminals and scripts."""
