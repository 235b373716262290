"""From a due source to an article: outlets, discovery, fetching, extraction."""
