"""Builds the documentation site: a static folder that needs no server and fetches nothing from elsewhere."""
