"""Nouns: frozen values, without input, output or clock."""
