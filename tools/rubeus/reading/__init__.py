"""What the stores say, for people: typed, by Query and by key. The only code that reads them for that."""
