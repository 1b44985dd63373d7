"""What the adapters of message accounts are told by the environment."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

TOKEN, APP, KEY = "CHANNEL_TALK_TOKEN", "CHANNEL_TALK_APP", "CHANNEL_TALK_AES_KEY"
"""Environment: of the public account."""
SECRET = "CHANNEL_TALK_SECRET"
"""Environment: of the webhook."""


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What the adapters are told by the environment; an adapter without its secret is not there."""

    token: str = ""
    app: str = ""
    key: str = ""
    secret: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Secrets:
        """Those of an environment."""
        return cls(
            token=environ.get(TOKEN, ""), app=environ.get(APP, ""), key=environ.get(KEY, ""),
            secret=environ.get(SECRET, ""),
        )  # fmt: skip

    def __bool__(self) -> bool:
        """Whether there is any adapter."""
        return bool(self.token or self.secret)
