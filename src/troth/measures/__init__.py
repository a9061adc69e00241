"""TODO-ROOM measures"""
