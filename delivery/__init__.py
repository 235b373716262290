"""From a stored article to an analyst."""
