"""What is kept; the only code that talks to SQL, Redis and the archive."""
