"""What has come: collected, opened, reconciled, or kept in quarantine."""
