"""What the page remembers: a visitor's session, their choices, the launch options."""
