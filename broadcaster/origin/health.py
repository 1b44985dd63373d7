"""``/healthz`` (this worker is alive) and ``/readyz`` (it has a release to serve, of this age, so warm)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from broadcaster.origin.ready import OnAir
from broadcaster.origin.view import ServedRelease
from broadcaster.origin.warmer import Warmer
from feeds.base.clock import Clock
from feeds.base.errors import StoreError


def create(views: OnAir, warmer: Warmer, clock: Clock) -> Blueprint:
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
            painted, wanted = _warmth(warmer, view)
            answer = jsonify(
                ready=True,
                release=view.id,
                published=published.isoformat(timespec="seconds"),
                age_s=max(0, round((clock.now() - published).total_seconds())),
                profiles=list(view.offered),
                warm=round(painted / wanted, 3) if wanted else 1.0,
                painted=painted,
                wanted=wanted,
            )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint


def _warmth(warmer: Warmer, view: ServedRelease) -> tuple[int, int]:
    try:
        return warmer.warmth(view)
    except StoreError:
        return 0, 0
