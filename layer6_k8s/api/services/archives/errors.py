"""Errors of exporting and importing tenants."""

from api.errors import MyStackError


class ArchiveRefused(MyStackError):
    """This file is not the whole export of a tenant."""

    status = 422
    code = "archive_refused"


class ArchiveInUse(MyStackError):
    """This installation has parts of the archive already, as another tenant's: import it into another one, or delete
    that tenant first."""

    status = 409
    code = "archive_in_use"


class ExportIncomplete(MyStackError):
    """Some chunks have no vector. Start POST /jobs/refresh-embeddings with a key of the tenant, then export again."""

    status = 409
    code = "export_incomplete"


class ExportUnfinished(MyStackError):
    """The archive is not ready: the job says how far it is, or why it has failed."""

    status = 409
    code = "export_unfinished"


class ExportNotFound(MyStackError):
    """There is no such export, or its archive has expired. Start another one."""

    status = 404
    code = "export_not_found"
