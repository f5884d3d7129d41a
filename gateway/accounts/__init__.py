"""A day's accounts laid side by side, and the enterprise's own list of it."""
