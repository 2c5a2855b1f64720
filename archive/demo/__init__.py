"""A sample project that is drawn, not downloaded."""
