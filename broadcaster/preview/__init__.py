"""The editor's television: any page, estate, profile and moment, walked by a remote, with what led to it beside."""
