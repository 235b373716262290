"""Server-rendered pages, the feeds' addresses, and the application that serves them with the API.

In comes a request, out goes a page that works without JavaScript. It reads only: nothing here changes
what is stored, sets a cookie or loads anything from another host.
"""
