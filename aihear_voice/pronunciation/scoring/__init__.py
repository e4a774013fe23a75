"""The fine method's evidence, and the trained tables that turn it into the experts' scale."""
