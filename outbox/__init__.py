"""What must leave: sealed, delivered, retried, never blindly resent."""
