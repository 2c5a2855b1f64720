"""What leaves the archive: complete, and readable without us."""
