"""Channels: from the event log to an analyst's webhook, mailbox or chat, and to hubs, at least once.

In come stored events and articles, out go signed HTTP requests and e-mails; how far each channel has got is kept in
the store, moved only after the receiver's answer. It never decides what is an article, and never connects to an
address that it was not allowed, but for the mail server that the settings name.
"""
