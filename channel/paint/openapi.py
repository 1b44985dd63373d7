"""The description of the open interface (OpenAPI 3.1.0), made from the types that its answers are written from."""

from __future__ import annotations

from typing import Any

import msgspec

from channel.paint.documents import DOCUMENTS
from channel.paint.feeds import ATOM, CALENDAR
from channel.paint.geojson import GEOJSON

JSON = "application/json"


def _parameter(name: str, pattern: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}


_ESTATE = _parameter("estate", "^[a-z0-9-]{1,32}$")
_PAGE = _parameter("page", "^[1-9][0-9]{2}$")
_ITEM = _parameter("item", "^[a-z0-9]{1,24}$")
_PATHS: tuple[tuple[str, str, str, str, tuple[dict[str, Any], ...]], ...] = (
    ("/api/v1/{estate}/{page}.json", "What a page says for an estate", JSON, "PageDocument", (_ESTATE, _PAGE)),
    ("/api/v1/{estate}/{page}.atom", "A page of news as a feed", ATOM, "", (_ESTATE, _PAGE)),
    ("/api/v1/{estate}/{page}.ics", "A page of events as a calendar", CALENDAR, "", (_ESTATE, _PAGE)),
    ("/api/v1/{estate}/{page}.geojson", "A page of places as points", GEOJSON, "", (_ESTATE, _PAGE)),
    ("/api/v1/i/{page}.{item}.json", "What an item of a page says", JSON, "ItemDocument", (_PAGE, _ITEM)),
    ("/api/v1/i/{page}.{item}.ics", "An event as a calendar", CALENDAR, "", (_PAGE, _ITEM)),
    ("/api/v1/lineup.json", "The pages that there are", JSON, "LineupDocument", ()),
    ("/api/v1/estates.json", "The estates that there are", JSON, "EstatesDocument", ()),
    ("/api/v1/estates.geojson", "The same as points", GEOJSON, "", ()),
    ("/api/v1/alerts/{estate}.json", "The alerts in force in an estate", JSON, "AlertsDocument", (_ESTATE,)),
    ("/api/v1/alerts/{estate}.atom", "The same as a feed", ATOM, "", (_ESTATE,)),
)


def openapi(title: str) -> dict[str, Any]:
    """The description of the interface (OpenAPI 3.1.0), whose schemas are those of the types themselves."""
    _, components = msgspec.json.schema_components(DOCUMENTS, ref_template="#/components/schemas/{name}")
    missing = {
        "description": "There is no such estate, page or item",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    paths = {}
    for path, summary, media, name, parameters in _PATHS:
        kind = "object" if media == GEOJSON else "string"
        schema = {"$ref": f"#/components/schemas/{name}"} if name else {"type": kind}
        found = {
            "description": summary,
            "headers": {"ETag": {"description": "Names these bytes", "schema": {"type": "string"}}},
            "content": {media: {"schema": schema}},
        }
        answers = {"200": found, "304": {"description": "As it was"}, "404": missing}
        paths[path] = {"get": {"summary": summary, "parameters": [*parameters], "responses": answers}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": "Fields are added, never changed and never taken away: pass over what you do not know.",
        },
        "paths": paths,
        "components": {"schemas": dict(components)},
    }
