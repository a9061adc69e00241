"""Shipped service models: data only. One folder a pack: pack.yaml, mappings, scenarios, README."""
