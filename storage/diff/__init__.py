"""What an outlet changed: two states of an article in, typed changes and a word-level diff out. Pure.

It never decides by time or chance: the same two states give the same answer on every machine, also where a text is too
long to be compared to the end.
"""
