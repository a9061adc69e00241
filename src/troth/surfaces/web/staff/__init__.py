"""What all pages of staff share: who is signed in, what they may, how pages look, what is written down of it.

A page is a package beside this one with `routes.py`: `routes(room) -> Mapping[path, Sequence[Route]]`: first part of
its addresses (`/console`) → its routes, with whole paths (`Route("/console.json", room.page("console_json", …))`).

Source: decision 0029.
"""
