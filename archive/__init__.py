"""The archive: files, photos and SQL. Knows no HTTP, no Datasette, no remote API."""
