"""Surfaces: where people and programs meet troth. The command line, the demonstration, and what they share."""
