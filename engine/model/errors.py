"""Faults as facts of the domain, with typed fields.

The docstring of a class is its message (Chinese, with its fields and properties as
placeholders); how a face shows it (HTTP status, page) stands in ``api/errors.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from string import Formatter

from engine.model.problems import Problem
from engine.text import Text, several, tell


@dataclass(kw_only=True, eq=False)
class BanshiError(Exception):
    """办理未成功。"""

    @property
    def message(self) -> Text:
        """What is wrong, where, and how to mend it, in Chinese (and what another language needs)."""
        template = type(self).__doc__ or ""
        return tell(template, **{name: getattr(self, name) for name in _named(template)})

    def __str__(self) -> str:
        return self.message


@cache
def _named(template: str) -> tuple[str, ...]:
    """The fields and properties that a template names."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


@dataclass(kw_only=True, eq=False)
class InvalidKey(BanshiError):
    """编号“{text}”不是有效的数字编号，请检查后重试。"""

    text: str


@dataclass(kw_only=True, eq=False)
class NotFound(BanshiError):
    """没有找到{what}“{key}”，可能已删除，或您无权查看。"""

    what: str
    key: str


@dataclass(kw_only=True, eq=False)
class Forbidden(BanshiError):
    """您没有权限{action}。{reason}"""

    action: str
    reason: str = ""


@dataclass(kw_only=True, eq=False)
class NotAuthenticated(BanshiError):
    """请先登录。{reason}"""

    reason: str = ""


@dataclass(kw_only=True, eq=False)
class WrongCredentials(NotAuthenticated):
    """用户名或密码不正确。"""


@dataclass(kw_only=True, eq=False)
class Conflict(BanshiError):
    """{what}刚刚发生了变化：{reason}。请刷新后重试。"""

    what: str
    reason: str


@dataclass(kw_only=True, eq=False)
class CannotMove(BanshiError):
    """不能这样改动此事项：{reason}。"""

    reason: str


@dataclass(kw_only=True, eq=False)
class CannotMigrate(BanshiError):
    """此事项不能迁移到所选的版本：{listed}"""

    problems: tuple[Problem, ...]

    @property
    def listed(self) -> Text:
        return several((p.message for p in self.problems[:5]), "")


@dataclass(kw_only=True, eq=False)
class AlreadyHandled(BanshiError):
    """此事项已由{by}于{at:%Y-%m-%d %H:%M}办理（{state}），您的操作没有生效。"""

    by: str
    at: datetime
    state: str


@dataclass(kw_only=True, eq=False)
class InvalidInput(BanshiError):
    """提交的内容有 {count} 处需要修改：{listed}"""

    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        return len(self.problems)

    @property
    def listed(self) -> Text:
        return several((p.message for p in self.problems[:5]), "；")


@dataclass(kw_only=True, eq=False)
class Refused(BanshiError):
    """资源“{resource}”不能部署，有 {count} 处错误：{listed}"""

    resource: str
    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        return len(self.problems)

    @property
    def listed(self) -> Text:
        return several((p.message for p in self.problems[:5]), "；")


@dataclass(kw_only=True, eq=False)
class TooLarge(BanshiError):
    """{what}超过上限 {limit}，请减小后再提交。"""

    what: str
    limit: str


@dataclass(kw_only=True, eq=False)
class Throttled(BanshiError):
    """操作过于频繁，请在 {seconds} 秒后重试。"""

    seconds: int


@dataclass(kw_only=True, eq=False)
class TooSoon(BanshiError):
    """您已经催办过了，{again}以后可以再次催办。"""

    again: str
    again_at: datetime


@dataclass(kw_only=True, eq=False)
class IdempotencyMismatch(BanshiError):
    """幂等键“{key}”已用于另一份内容，请换一个新的幂等键。"""

    key: str


@dataclass(kw_only=True, eq=False)
class SnapshotUnreadable(BanshiError):
    """实例快照版本为 {found}，本程序只认识 {known}，请先升级程序或迁移数据。"""

    found: int
    known: int


@dataclass(kw_only=True, eq=False)
class Unreadable(BanshiError):
    """{what}无法解密：数据已损坏，或安装的密钥已更换，请联系管理员。"""

    what: str = tell("保存的内容")


@dataclass(kw_only=True, eq=False)
class UnsupportedMedia(BanshiError):
    """文件“{name}”的类型（{found}）不在允许之列，请上传：{allowed}。"""

    name: str
    found: str
    allowed: str


@dataclass(kw_only=True, eq=False)
class LetterFault(BanshiError):
    """文书“{template}”不能出具：{reason}请联系管理员检查文书模板。"""

    template: str
    reason: str


@dataclass(kw_only=True, eq=False)
class Unavailable(BanshiError):
    """系统暂时无法访问数据库，请稍后重试。"""
