"""TODO-ROOM testing"""
