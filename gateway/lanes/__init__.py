"""The roads to customs: which kind goes where, each channel in a lane of its own."""
