"""Scrapy's settings, each that differs from Scrapy's default with its why.

What an operator sets (store, contact, delays) is added by `control.scrapy_settings`, which `scrapy.cfg` names.
"""

from crawler.fetch.limits import MAX_PAGE_BYTES, MAX_URL_CHARS, TIMEOUT_S

BOT_NAME = "presswatch"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# ------------------------------------------------------------------------------------ politeness
# Our own robots middleware (RFC 9309): Scrapy's crawls everything after a 5xx, never expires a copy and reads
# the body of a 404. Our own clocks: Scrapy applies no Crawl-delay and no Retry-After.
ROBOTSTXT_OBEY = False
DOWNLOAD_DELAY = 0  # the host clocks keep the delay, over redirects and robots.txt too
DOWNLOADER = "crawler.fetch.downloader.DirectDownloader"  # a second guard behind the clocks: one request a host
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # connections kept open to each
CONCURRENT_REQUESTS = 1000  # requests that wait for their host's turn count too, at most two a host
AUTOTHROTTLE_ENABLED = False
REACTOR_THREADPOOL_MAXSIZE = 128  # names being resolved at a time; 10 by default, which ten silent nameservers take up
RETRY_ENABLED = False  # tries are stored with the candidate, spread over hours, and survive a crash
COOKIES_ENABLED = False  # no session with an outlet, nothing to carry from one page to the next
REFERER_ENABLED = False
HTTPCACHE_ENABLED = False
REDIRECT_ENABLED = False  # the spider follows redirects itself: each hop is canonicalised and looked up first
METAREFRESH_ENABLED = False  # a page's wish, not HTTP's; consent walls use it

# ---------------------------------------------------------------------------------------- safety
TELNETCONSOLE_ENABLED = False  # executes Python for whoever connects
REMOTE_CONTROL_ENABLED = False  # the same over HTTP, on by default
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetch.transport.CappedHandler",  # Scrapy's, which has no cap on headers
    "https": "crawler.fetch.transport.CappedHandler",
    **dict.fromkeys(("data", "file", "s3", "ftp")),  # None: only http and https
}
HTTPPROXY_ENABLED = False  # a proxy resolves names itself, past the address guard
TWISTED_DNS_RESOLVER = "crawler.fetch.guard.GuardedResolver"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = TIMEOUT_S  # 180 s by default, for the whole response
DOWNLOAD_MAXSIZE = MAX_PAGE_BYTES  # 1 GiB by default; sources ask for more in their request
DOWNLOAD_WARNSIZE = 0
COMPRESSION_ENABLED = False  # bodies are kept as they came, and decoded in the killable child processes
URLLENGTH_LIMIT = MAX_URL_CHARS

# ------------------------------------------------------------------------------------------ work
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the seen-set decides, over all workers and restarts
# The frontier takes hosts in turns already; Scrapy need not sort requests by host a second time.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
# Nothing of Scrapy's is on that is not named here: what a new version brings is off until somebody has read it (one
# brought a server that executes what is posted to it), and what would be off is not imported either, aiohttp for one.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "crawler.fetch.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.fetch.revisits.RevisitCapMiddleware": 800,
    "crawler.fetch.politeness.PolitenessMiddleware": 900,  # waits for the host's turn
    "crawler.fetch.credentials.CredentialsMiddleware": 940,
    "crawler.fetch.traffic.TrafficMiddleware": 950,  # last before the request is sent
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}  # the spider judges every status, length and address itself
EXTENSIONS_BASE: dict[str, int] = {}
ITEM_PIPELINES = {
    "crawler.pipelines.read.ReadPipeline": 100,
    "crawler.pipelines.deduplicate.DeduplicatePipeline": 200,
    "crawler.pipelines.store.StorePipeline": 300,
}
# 5 MB by default: past that nobody's requests are sent, so two large feeds in reading would hold all outlets up.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 96 * 1024 * 1024
CONCURRENT_ITEMS = 1  # a response is one item; Scrapy starts this many tasks for each response

# ------------------------------------------------------------------------------------------- log
LOG_LEVEL = "INFO"  # DEBUG by default: a line a request
LOG_FORMATTER = "crawler.logformat.QuietFormatter"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False
