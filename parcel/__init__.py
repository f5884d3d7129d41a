"""What travels: a message on its way, the stations that it passes, its envelope, its name."""
