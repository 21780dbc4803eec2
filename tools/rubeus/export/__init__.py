"""Records as files for other programs: xlsx and csv, a column a field, and jsonl, as sent."""
