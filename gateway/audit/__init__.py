"""The audit's two ends: the heads of all chains anchored in a second place, and the ledger proven against them."""
