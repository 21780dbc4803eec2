"""A module for each page: from a request to its words."""
