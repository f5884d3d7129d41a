"""The enterprise's end: home, intake, submission, worker."""
