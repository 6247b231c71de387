"""The parts of the page that several views share."""
