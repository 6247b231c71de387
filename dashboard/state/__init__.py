"""State of the page: session, choices, launch options."""
