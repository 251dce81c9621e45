"""E-mail by the bureau's SMTP server (standard library)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from engine.model.notices import MailServer
from engine.service.notifications.failures import NotSent
from engine.text import tell

#: Seconds to wait for a connection, and for each answer.
TIMEOUT = 20.0

_LOWEST_PERMANENT = 500


@dataclass(frozen=True, kw_only=True)
class Mail:
    """``id``: the same for every attempt at the same mail, so that a repeat can be told."""

    id: str
    to: str
    subject: str
    body: str
    at: datetime


def send_mail(server: MailServer, password: str, mail: Mail) -> None:
    """Hand one mail to the server. Raises :class:`NotSent`."""
    message = _message(server, mail)
    try:
        with _connected(server) as smtp:
            if server.username:
                smtp.login(server.username, password)
            smtp.send_message(message, from_addr=server.sender, to_addrs=[mail.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()), (0, b""))
        raise NotSent(
            tell("收件地址被邮件服务器拒绝：{said}", said=_said(code, text)),
            for_good=code >= _LOWEST_PERMANENT,
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(
            tell(
                "邮件服务器不接受用户名或密码：{said}",
                said=_said(error.smtp_code, error.smtp_error),
            )
        ) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(
            tell("邮件服务器拒绝：{said}", said=_said(error.smtp_code, error.smtp_error)),
            for_good=isinstance(error, smtplib.SMTPDataError)
            and error.smtp_code >= _LOWEST_PERMANENT,
        ) from error
    except ssl.SSLError as error:
        raise NotSent(tell("与邮件服务器的加密连接失败：{error}", error=error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(
            tell(
                "连不上邮件服务器 {host}:{port}：{error}",
                host=server.host,
                port=server.port,
                error=error,
            )
        ) from error
    except (UnicodeError, ValueError) as error:
        raise NotSent(
            tell("收件地址“{to}”无效：{error}", to=mail.to, error=error), for_good=True
        ) from error


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.security == "tls":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    with smtp:
        if server.security == "starttls":
            smtp.starttls(context=context)
        yield smtp


def _message(server: MailServer, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(mail.subject.split())
    message["From"] = Address(server.sender_name, addr_spec=server.sender)
    try:
        message["To"] = Address(addr_spec=mail.to)
    except Exception as error:
        raise NotSent(
            tell("收件地址“{to}”无效：{error}", to=mail.to, error=error), for_good=True
        ) from error
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(mail.body, charset="utf-8", cte="base64")
    return message


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())[:300]}"
