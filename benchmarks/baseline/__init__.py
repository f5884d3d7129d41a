"""What a user would run instead, as good as a competent afternoon makes it."""
