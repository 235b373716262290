"""Articles as files for other programs: JSON Lines, CSV and Parquet. Articles in, bytes out, a few at a time."""
