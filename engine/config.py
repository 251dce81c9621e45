"""Settings of an installation: environment variables, and secrets kept in ``BANSHI_HOME``.

``DATABASE_URL``, ``BANSHI_HOME`` and ``PORT`` are the three that an operator meets first; every
other setting is ``BANSHI_<NAME>``. Figures of policy are not settings of the program: they live
in decision tables and in the database, with the dates from which they hold.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.model.retention import period


def default_home() -> Path:
    """Where data lives between runs: ``/var/lib/banshi`` for root, else the user's data folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/banshi")
    return Path(platformdirs.user_data_path("banshi"))


class Settings(BaseSettings):
    """What an operator can set; ``Settings()`` reads the environment."""

    model_config = SettingsConfigDict(
        env_prefix="BANSHI_", frozen=True, populate_by_name=True, extra="ignore"
    )

    #: Any PostgreSQL 18; empty = the embedded one, with its data under ``home``.
    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    home: Path = Field(default_factory=default_home)
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535, validation_alias=AliasChoices("PORT", "port"))
    #: Business dates, ``today()`` and deadlines are of this time zone; stored time is UTC.
    zone: str = "Asia/Shanghai"
    #: Where people reach this installation from outside, for links in mail and on letters;
    #: empty = ``http://host:port``.
    public_address: str = ""
    #: A demonstration: one person may both propose and publish, and the pages say so.
    demo: bool = False
    #: The password of all demonstration accounts; unset = made by chance and kept in ``home``.
    demo_password: SecretStr | None = None
    #: Connections that one process keeps to PostgreSQL, and how many more it may open at a peak.
    pool_size: int = Field(10, ge=1)
    pool_overflow: int = Field(10, ge=0)
    access_token_minutes: int = Field(10, ge=1)
    session_hours: int = Field(12, ge=1)
    #: The session cookie is sent over TLS only (set it when a TLS proxy stands in front).
    secure_cookies: bool = False
    log_in_attempts: int = Field(5, ge=1)
    log_in_window_minutes: int = Field(15, ge=1)
    #: Failed attempts on one account from anywhere, and from one address on any account.
    log_in_attempts_per_account: int = Field(30, ge=1)
    log_in_attempts_per_address: int = Field(100, ge=1)
    #: Two tabs may exchange the same refresh token at once; later than this it is theft.
    refresh_leeway_seconds: int = Field(20, ge=0)
    password_length: int = Field(10, ge=8, le=64)
    password_classes: int = Field(3, ge=1, le=4)
    #: Host names that requests may be addressed to; ``*`` = any.
    trusted_hosts: tuple[str, ...] = ("*",)
    #: The largest request body outside of uploads.
    request_limit_kb: int = Field(2_048, ge=16)
    #: The working hours between two urges (催办) of one person for one case, where the process does
    #: not say it (``banshi:urgeEvery``), and the office hours of a working day that they are of.
    urge_every: Decimal = Field(Decimal(8), ge=0, le=2_000)
    office_opens: time = time(9)
    office_closes: time = time(17)
    idempotency_days: int = Field(30, ge=1)
    #: How long cases are kept after their end, and what is personal in them ("" = as long), where
    #: the process does not say (``banshi:retention``): ISO 8601 duration, or ``permanent``.
    retention: str = "P10Y"
    personal_retention: str = ""
    #: How often a list of what has had its time is proposed.
    disposal_days: int = Field(30, ge=1)
    #: How often a signed checkpoint over all journals is made, where anything was written.
    checkpoint_minutes: int = Field(60, ge=1)
    #: How long masked data is shown in clear to whoever gave a purpose, and the purposes there are
    #: (个人信息保护法 第 6 条：处理个人信息应当具有明确、合理的目的).
    unmask_minutes: int = Field(15, ge=1, le=24 * 60)
    unmask_purposes: tuple[str, ...] = (
        "核实身份",
        "发放资金",
        "联系当事人",
        "核查投诉举报",
        "司法、纪检监察机关调取",
        "其他",
    )
    #: The roles that decide, beside administrators, whether somebody is recused (回避) from a case of
    #: their unit or of one below it (《公务员法》第七十七条: 由机关决定).
    recusal_deciders: tuple[str, ...] = ("leader", "county-leader", "section-chief")
    #: Where documents are stored: empty = a folder under ``home``; or ``s3://bucket/prefix``.
    document_url: str = ""
    document_limit_mb: int = Field(50, ge=1)
    document_types: tuple[str, ...] = (
        "application/pdf",
        "image/jpeg",
        "image/png",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    #: Font families for letters, the first one installed is used; further font files may lie in
    #: ``home``/fonts. GB/T 9704-2012 asks for 仿宋 and 小标宋, which are not free.
    letter_fonts: tuple[str, ...] = (
        "FangSong_GB2312",
        "FangSong",
        "STFangsong",
        "Noto Serif CJK SC",
        "Source Han Serif SC",
        "Noto Serif SC",
    )
    letter_title_fonts: tuple[str, ...] = (
        "FZXiaoBiaoSong-B05S",
        "FZXiaoBiaoSong-B05",
        "Noto Serif CJK SC",
        "Source Han Serif SC",
        "Noto Serif SC",
    )
    #: Checks of letters by one address within the window of log-in: of any code, and of wrong ones.
    verifications_per_address: int = Field(120, ge=1)
    wrong_codes_per_address: int = Field(20, ge=1)
    #: Uploads that nobody sent are thrown away after so long, and typed forms likewise.
    document_stage_hours: int = Field(24, ge=1)
    draft_days: int = Field(180, ge=1)
    #: Secrets for several machines to share; unset = made on the first run and kept in ``home``.
    token_key: SecretStr | None = None
    data_key: SecretStr | None = None
    lookup_key: SecretStr | None = None
    #: The seed of the Ed25519 key that signs records and checkpoints.
    signing_key: SecretStr | None = None

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @model_validator(mode="after")
    def _office_is_open(self) -> Settings:
        if self.office_opens >= self.office_closes:
            raise ValueError("BANSHI_OFFICE_OPENS 应早于 BANSHI_OFFICE_CLOSES。")
        return self

    @field_validator("retention", "personal_retention")
    @classmethod
    def _is_a_period(cls, value: str) -> str:
        if value:
            period(value)
        return value

    @property
    def public_url(self) -> str:
        """The address of this installation, without a slash at its end."""
        return (self.public_address or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True, kw_only=True, repr=False)
class Secrets:
    """``token_key`` signs tokens, ``data_key`` (32 bytes) encrypts personal data at rest,
    ``lookup_key`` is for HMACs by which encrypted values are found again; ``signing_key`` (32
    bytes) is the seed of the Ed25519 key that signs records and checkpoints: it should be kept
    apart from the database's backups, and its public half be published by other means."""

    token_key: str
    data_key: bytes
    lookup_key: bytes
    signing_key: bytes


def load_secrets(settings: Settings) -> Secrets:
    """The secrets of this installation; what is missing is made once and kept with mode 0600.

    Several processes may start at once: the first to finish its file wins, all read that one.
    """
    values: dict[str, str] = {}
    for file, names in _SECRET_FILES.items():
        given = {
            name: value.get_secret_value()
            for name in names
            if (value := getattr(settings, name)) is not None
        }
        kept = {} if len(given) == len(names) else _kept_secrets(settings.home / file, names)
        values |= {**kept, **given}
    return Secrets(
        token_key=values["token_key"],
        data_key=_thirty_two_bytes(values["data_key"]),
        lookup_key=_thirty_two_bytes(values["lookup_key"]),
        signing_key=_thirty_two_bytes(values["signing_key"]),
    )


#: The signing key has a file of its own, so that it can be kept elsewhere.
_SECRET_FILES = {
    "secrets.json": ("token_key", "data_key", "lookup_key"),
    "signing-key.json": ("signing_key",),
}


def _thirty_two_bytes(text: str) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != 32:
        raise ValueError("密钥应为 64 位十六进制数字（32 字节）。")
    return value


def _kept_secrets(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        made = {name: secrets.token_hex(32) for name in names}
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # fails where another process was faster; its file holds
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
