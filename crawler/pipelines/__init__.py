"""Thin Scrapy pipelines, and the process pool that extraction runs in."""
