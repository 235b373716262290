"""Watching: stored articles held against stored watchlists.

`following` goes along the event log and stores who answers what; `trying` holds a query against the past before it
is saved. What a query means is decided in `delivery.watchlists`, who is sent what in `delivery.channels`.
"""
