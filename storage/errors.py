"""Everything that storage raises.

StorageError
├── StoreUnavailable      the database or Redis does not answer
├── StoreNotReady         the schema is missing or of another version
├── UnknownOutlet         no outlet has that key
├── UnknownArticle        no article has that id or URL
├── UnknownCapture        no capture has that number
├── UnknownAuthor         no article names such an author
├── UnknownChannel        no channel has that name
├── ChannelExists         a channel has that name already
├── UnknownWatchlist      no watchlist has that name, id or token
├── WatchlistExists       a watchlist has that name already
├── SearchTooDear         a search took too long and was ended
├── UnknownFeed           no feed has that name or address
├── FeedExists            a feed has that name already
├── UnknownStory          no story has that id
├── StoriesOutdated       signatures of stories are of another version
├── UnknownRecrawl        no re-crawl has that number, or it is over
├── NotQuarantined        no such URL is in quarantine
├── NotMoved              a source has not moved, or no move of it was accepted
├── UnknownReextraction   no re-extraction has that number
├── ReextractionNotReady  a re-extraction is not as far as what is asked of it needs
├── ReextractionTaken     another process goes on with a re-extraction
├── ImportTaken           another process takes the same file in
├── EventsGone            events after that number were deleted as too old
├── UnknownHold           no hold that stands has that number
├── UnknownRetentionOrder no order to delete has that number
├── CredentialsUnusable   the file of credentials cannot be read or written
├── LeaseLost             another worker has taken the work over
├── BodyMissing           a captured body is not where it should be, or damaged
│   └── BodyOutOfReach    it lies in the bucket, which does not answer just now
├── BucketUnavailable     the archive's bucket is not set rightly, or does not answer (an OSError too)
└── BackupUnusable        a backup cannot be made, read or restored
"""

from __future__ import annotations


class StorageError(Exception):
    """Something about the store went wrong."""


class StoreUnavailable(StorageError):
    """The store does not answer. Check that it runs and that its address is right, then try again."""


class StoreNotReady(StorageError):
    """The store's schema is not the one this version needs. Run `presswatch db upgrade`."""


class UnknownOutlet(StorageError):
    """No outlet has that key. `presswatch outlets list` shows those there are."""


class UnknownArticle(StorageError):
    """No such article is stored. `presswatch explain URL` tells what became of a URL."""


class UnknownCapture(StorageError):
    """No such capture is on record. An article's page lists its captures."""


class UnknownAuthor(StorageError):
    """No stored article names such an author. Try another spelling, or the full name."""


class UnknownChannel(StorageError):
    """No such channel. `presswatch channels list` shows those there are."""


class ChannelExists(StorageError):
    """A channel has that name already. Choose another, or remove that one first."""


class SearchTooDear(StorageError):
    """The search took too long and was ended. Ask for less: more letters before a *, fewer words, or fewer days."""


class UnknownFeed(StorageError):
    """No such feed. `presswatch feeds list` shows those there are."""


class FeedExists(StorageError):
    """A feed has that name already. Choose another, or remove that one first."""


class UnknownWatchlist(StorageError):
    """No such watchlist. `presswatch watchlists list` shows those there are."""


class WatchlistExists(StorageError):
    """A watchlist has that name already. Choose another, or edit that one."""


class UnknownStory(StorageError):
    """No story has that id. `presswatch stories list` shows those there are."""


class StoriesOutdated(StorageError):
    """Signatures of stories are of another version. Run `presswatch stories rebuild`."""


class NotQuarantined(StorageError):
    """No such URL is in quarantine. `presswatch quarantine list` shows what is."""


class NotMoved(StorageError):
    """The source has not moved for good, or no move of it was accepted. `presswatch sources list` tells."""


class UnknownBackfill(StorageError):
    """No such backfill. `presswatch backfill --status` shows those there are."""


class UnknownReextraction(StorageError):
    """No re-extraction has that number. `presswatch reextract list` shows those there are."""


class ReextractionNotReady(StorageError):
    """The re-extraction is not as far as that needs. The message says how far it is, and what to do."""


class ReextractionTaken(StorageError):
    """Another process goes on with this re-extraction. Wait for it, or end it."""


class UnknownUser(StorageError):
    """No user has that name. `presswatch users list` shows those there are."""


class UserExists(StorageError):
    """A user has that name already. Choose another, or give that one another token."""


class UnknownRecrawl(StorageError):
    """No such re-crawl is unfinished. `presswatch recrawl --status` shows those there are."""


class ImportTaken(StorageError):
    """Another process takes the same file in. Wait for its end, then run it again."""


class EventsGone(StorageError):
    """Events after that number were deleted as too old. The message says where the log begins."""


class UnknownHold(StorageError):
    """No hold that stands has that number. `presswatch hold --list` shows those there are."""


class UnknownRetentionOrder(StorageError):
    """No order to delete has that number. `presswatch retention list` shows those there are."""


class CredentialsUnusable(StorageError):
    """The file of credentials cannot be read or written. The message names it and says what to do."""


class LeaseLost(StorageError):
    """Another worker has taken this work over, so its result is not stored a second time."""


class BodyMissing(StorageError):
    """A captured body is missing or damaged."""


class BodyOutOfReach(BodyMissing):
    """A captured body lies in a bucket that does not answer. Nothing is known to be wrong with it; ask again later."""


class BucketUnavailable(StorageError, OSError):
    """The archive's bucket cannot be asked. `presswatch doctor` tells whether it can again."""


class BackupUnusable(StorageError):
    """A backup cannot be made, read or restored. The message says why and what to do."""
