"""Stories as readers see them: whose text it is, where else it stands, and what each copy changed.

In come stories, their origins and texts; out come records that pages, API, feeds and commands show in their own form.
"""
