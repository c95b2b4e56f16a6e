"""What may go wrong with a source, and with an item of it."""

from api.errors import MyStackError


class SourceNotFound(MyStackError):
    """There is no such source. GET /sources lists all sources."""

    status = 404
    code = "source_not_found"


class SourceExists(MyStackError):
    """There is a source with this kind and address already. GET /sources lists all sources."""

    status = 409
    code = "source_exists"


class FolderNotAllowed(MyStackError):
    """The folder is not below one that the setting SOURCE_FOLDERS allows."""

    status = 403
    code = "folder_not_allowed"


class SourceUnavailable(MyStackError):
    """The source cannot be read, so nothing was deleted. Sync it again when it is back."""

    status = 409
    code = "source_unavailable"


class UnreadableFeed(MyStackError):
    """This is no feed or sitemap that can be read."""

    status = 400
    code = "unreadable_feed"


class SyncWouldDeleteMost(MyStackError):
    """The sync would delete most documents of its source. Confirm it with POST /sources/{id}/sync?confirm=true."""

    status = 409
    code = "sync_would_delete_most"


class Vanished(Exception):
    """The item was listed, and is not there any more."""


class Changing(Exception):
    """The file is being written. `stamp`: what it looks like now."""

    def __init__(self, stamp: str) -> None:
        super().__init__()
        self.stamp = stamp
