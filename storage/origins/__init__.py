"""Origins: what articles say of whose text they are, and what follows for a story.

In come revisions, the outlets' names and the agencies; out come claims with their evidence, and the origin of a
story that its articles' claims lead to. Pure: no database, no clock, no network.
"""
