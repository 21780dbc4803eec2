"""The work, in reading order: receive → understand → fan_out."""
