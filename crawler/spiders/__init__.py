"""Scrapy spiders: what to fetch next, and where a response goes."""
