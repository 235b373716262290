"""Scrapy components that fetch politely and safely: robots, pacing, address guard, conditional requests, caps.

They know hosts and responses, never articles.
"""
