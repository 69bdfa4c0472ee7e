"""What `Summary` and `Step by step` share: the drawing of the network, and the lines of its mathematics."""
