"""The catalogue of outlets, its validation, and OPML: text in, records out.

Pure: reads only the text or folder it is handed, never the network or the clock.
"""
