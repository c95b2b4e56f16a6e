"""How much is asked of the service, how fast it answers, and what fails."""

from api.services.dashboards.forms import Gauge, Match, Quantile, Rate, Ratio
from api.services.dashboards.panel import Dashboard, Panel, Query
from api.services.metrics import names

NO_REQUEST = "No request came in this time."
FAILED = Match("status", "5..")


def requests(*where: Match, by: tuple[str, ...] = ()) -> Rate:
    """Requests per second."""
    return Rate(names.HTTP_REQUESTS, by, where)


API = Dashboard(
    "api",
    "API",
    "How much is asked of the service, how fast it answers, and what fails.",
    (
        Panel(
            "Requests",
            "All requests per second.",
            "per second",
            (Query(requests(), "requests"),),
            "number",
            NO_REQUEST,
        ),
        Panel(
            "Failed",
            "Share of requests answered with a status of 500 or above.",
            "share",
            (Query(Ratio(requests(FAILED), requests()), "failed"),),
            "number",
            NO_REQUEST,
        ),
        Panel(
            "Duration",
            "95 % of the requests are faster.",
            "seconds",
            (Query(Quantile(0.95, names.HTTP_REQUEST_SECONDS), "duration"),),
            "number",
            NO_REQUEST,
        ),
        Panel(
            "Running",
            "Requests that are being answered, streams included.",
            "count",
            (Query(Gauge(names.REQUESTS_RUNNING, over="sum"), "running"),),
            "number",
        ),
        Panel(
            "Requests by route",
            "Requests per second; a route is named by its template.",
            "per second",
            (Query(requests(by=("method", "route")), "{method} {route}"),),
            "stacked",
            NO_REQUEST,
        ),
        Panel(
            "Duration of requests",
            "Streams are measured to their end.",
            "seconds",
            tuple(
                Query(Quantile(q, names.HTTP_REQUEST_SECONDS), f"{100 * q:g} % are faster") for q in (0.5, 0.95, 0.99)
            ),
            empty=NO_REQUEST,
        ),
        Panel(
            "Duration by route",
            "95 % of the requests of a route are faster.",
            "seconds",
            (Query(Quantile(0.95, names.HTTP_REQUEST_SECONDS, ("method", "route")), "{method} {route}"),),
            empty=NO_REQUEST,
        ),
        Panel(
            "Requests by status",
            "499: the client left before the answer. 503: the service was full, starting, or lacked a part.",
            "per second",
            (Query(requests(by=("status",)), "{status}"),),
            "stacked",
            NO_REQUEST,
        ),
    ),
)
