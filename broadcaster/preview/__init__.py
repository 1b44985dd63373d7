"""The editor's television: any page, estate, profile and moment, walked by a remote, with what led to it beside."""

from broadcaster.preview.blueprint import create_blueprint

__all__ = ["create_blueprint"]
