"""TODO-ROOM runtime"""
