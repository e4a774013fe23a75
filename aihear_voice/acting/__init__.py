"""What plugins may do on the computer: typing, clipboard, keys, programs."""
