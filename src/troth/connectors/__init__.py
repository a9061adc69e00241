"""TODO-ROOM connectors"""
