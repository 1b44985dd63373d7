"""``/healthz`` (this worker is alive) and ``/readyz`` (it has a release to serve, of this age)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from broadcaster.origin.ready import OnAir
from feeds.base.clock import Clock


def create(views: OnAir, clock: Clock) -> Blueprint:
    """The blueprint of both."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})

    @blueprint.get("/readyz")
    def ready() -> Response:
        view = views.current
        if view is None or view.coming:
            answer = jsonify(ready=False, reason="no page was published yet")
            answer.status_code = 503
        else:
            published = view.release.published
            answer = jsonify(
                ready=True,
                release=view.id,
                published=published.isoformat(timespec="seconds"),
                age_s=max(0, round((clock.now() - published).total_seconds())),
                profiles=list(view.offered),
            )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
