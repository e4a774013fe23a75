"""Sound in: microphones, devices, resampling, file decoding."""
