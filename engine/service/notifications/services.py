"""Group robots of the common chat services, through apprise.

Only services whose addresses are fixed in their plug-in are let through, so that a URL cannot be
used to reach any other host; no redirect is followed.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from engine.service.notifications.failures import NotSent
from engine.text import several, tell

#: Schema of the URL → the service's name. Each talks to one host only, which its plug-in fixes.
SERVICES: Mapping[str, str] = {
    "dingtalk": tell("钉钉群机器人"),
    "wecombot": tell("企业微信群机器人"),
    "feishu": tell("飞书群机器人"),
    "lark": "Lark",
    "serverchan": tell("Server酱"),
    "pushplus": "PushPlus",
    "wxpusher": "WxPusher",
    "slack": "Slack",
    "discord": "Discord",
    "tgram": "Telegram",
}

#: Seconds to connect, and to wait for the answer.
_TIMEOUTS = "cto=5&rto=10"


def known_service(url: str) -> str | None:
    """The name of the service that the URL is of, if it is let through."""
    schema, separator, _ = url.partition("://")
    return SERVICES.get(schema.lower()) if separator else None


def hidden(url: str) -> str:
    """The URL without its secrets; raises :class:`NotSent` where it is none of the service's."""
    return str(_notifier(url).url(privacy=True)).partition("?")[0]


def send_to_service(url: str, *, title: str, body: str) -> None:
    """Raises :class:`NotSent`; the plug-in's own words are what is told."""
    notifier = _notifier(url)
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    try:
        sent = notifier.notify(body=body, title=title)
    except Exception as error:  # a plug-in may fail in any way
        raise NotSent(f"{type(error).__name__}: {error}") from error
    finally:
        logger.removeHandler(heard)
    if not sent:
        raise NotSent(heard.words or tell("对方没有接受。"))


def _notifier(url: str) -> Any:
    if known_service(url) is None:
        listed = several(
            tell("{schema}://（{name}）", schema=schema, name=name)
            for schema, name in SERVICES.items()
        )
        raise NotSent(tell("不支持这种地址，可用的有：{listed}。", listed=listed), for_good=True)
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        http_redirects=False, storage_mode=apprise.PersistentStoreMode.MEMORY, plugin_paths=[]
    )
    made = apprise.Apprise.instantiate(_with_timeouts(url), asset=asset, suppress_exceptions=True)
    if made is None:
        raise NotSent(tell("地址不完整，请按该服务的说明填写。"), for_good=True)
    return made


def _with_timeouts(url: str) -> str:
    bare, _, _ = url.partition("#")
    return f"{bare}{'&' if '?' in bare else '?'}{_TIMEOUTS}"


def _apprise() -> ModuleType:
    """Loaded when first needed: it brings some two hundred plug-ins with it."""
    with warnings.catch_warnings():
        # one of its plug-ins looks for imghdr, which Python 3.11 deprecates
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise  # noqa: PLC0415

        _ = "json" in apprise.plugins.N_MGR  # loads them, while warnings are off
    module: ModuleType = apprise
    return module


class _Heard(logging.Handler):
    """What the plug-in complains of."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.words = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.words = record.getMessage()[:500]
