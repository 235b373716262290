"""Server-rendered pages, the feeds' addresses, and the application that serves them with the API.

In comes a request, out goes a page that works without JavaScript. Nothing here loads anything from another host.
Only forms of the operator's console change something, through `delivery.console`, and only their pages set a cookie.
"""
