"""What stands where an article or a source should be: challenges, consent forms, log-in forms, pages that are gone.

An answer, a redirect or a page in, a wall or nothing out. Walls are recognised and recorded, never passed: nothing here
answers a challenge, gives a consent or logs in. Pure; shared by the rooms that read pages, read sources and fetch.
"""
