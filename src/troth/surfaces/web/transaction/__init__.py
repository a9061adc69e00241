"""The page of one subject: message, state and action with everything that they rest on, and what can be done."""
