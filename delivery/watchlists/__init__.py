"""Watchlists: an analyst's query in, the articles that answer it out, with the passage that does. Pure.

`parsing` reads a query, `judging` warns of one that says too much or nothing, `matching` holds many of them
against an article at once, `passages` shows where one answered. Which articles there are, and who is told, is
decided elsewhere.
"""
