"""What the project speaks of: Rubeus's records and what becomes of them. Pure: no AWS, no clock."""
