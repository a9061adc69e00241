"""TODO-ROOM lang"""
