"""Ports: protocols that the runtime needs and adapters implement."""
