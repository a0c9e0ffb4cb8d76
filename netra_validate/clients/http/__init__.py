"""HTTP: polite, bounded in time and memory, retried where that can help, without surprises.

Nothing is followed, remembered or believed: no redirects, no cookies, no promise about a length.
"""

from netra_validate.clients.http.client import MAX_PAGE, Http
from netra_validate.clients.http.pool import HttpPool
from netra_validate.clients.http.response import FirstAttempt, Headers, HttpResponse

__all__ = ["MAX_PAGE", "FirstAttempt", "Headers", "Http", "HttpPool", "HttpResponse"]
