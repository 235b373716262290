"""The module that `scrapy.cfg` names: Scrapy reads its upper-case names (`scrapy list`, `scrapy crawl`)."""

from control.crawl_settings import scrapy_settings
from control.settings import load_settings

globals().update(scrapy_settings(load_settings()))
