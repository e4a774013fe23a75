"""A small window that shows what is heard. It reads the event stream, in a process of its own."""
