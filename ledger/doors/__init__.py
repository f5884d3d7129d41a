"""The ledger by what is asked of it: each door names its questions, and each question is one transaction."""
