"""Measurements: limits, a plain script and the product, interleaved in one run."""
