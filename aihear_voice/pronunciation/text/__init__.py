"""What is to be said: its words, and the sounds they should have."""
