"""Who asks, and what they may do.

In: what a request carries (a token, the key of a session, an address). Out: an `Asker` with a role, or a refusal. It
knows nothing of HTTP: `delivery.api.access` asks it for every route, by the table in `rights`.
"""
