"""The doors: what AWS Lambda calls, and the words of every answer."""
