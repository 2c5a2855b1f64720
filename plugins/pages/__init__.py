"""The pages: each module answers one address, as HTML and as JSON."""
