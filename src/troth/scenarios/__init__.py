"""TODO-ROOM scenarios"""
