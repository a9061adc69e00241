"""Pages for people: rendered on the server, whole without JavaScript, and live with it.

Source: decision 0028.
"""
