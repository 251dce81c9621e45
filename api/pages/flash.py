"""What a page says once after a redirect (“已办结”): a code in a cookie, words from here.

Only codes of this table and short arguments travel; the words are ours, and the arguments are
cut short and escaped like everything else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from api.language import gettext as _
from api.language import said

COOKIE = "banshi_flash"


@dataclass(frozen=True, kw_only=True)
class Flash:
    """``tone``: ``success``, ``info``, ``warning`` or ``danger``; the icon repeats it in shape."""

    tone: str
    text: str

    @property
    def icon(self) -> str:
        return {"success": "circle-check", "info": "info-circle"}.get(self.tone, "alert-triangle")


def _words(code: str) -> tuple[str, str] | None:
    return {
        "completed": ("success", _("已办结：{what}。")),
        "claimed": ("success", _("已签收：{what}，现在由您办理。")),
        "asked": ("info", _("已提交：{what}，等待系统核对，核对通过后生效。")),
        "released": ("success", _("已退签：{what}，其他人可以签收。")),
        "assigned": ("success", _("已转办：{what}，现在由{who}办理。")),
        "delegated": ("success", _("已委派：{what}，请{who}办理后归还。")),
        "resolved": ("success", _("已归还：{what}，由委派人作出决定。")),
        "called-back": ("success", _("已收回委派：{what}，现在由您办理。")),
        "sign-added": ("success", _("已加签：{what}。")),
        "sign-removed": ("success", _("已减签：{what}。")),
        "returned": ("success", _("已退回：{what}，先前的办理人会收到待办。")),
        "step-withdrawn": ("success", _("已撤回：{what}，请重新办理。")),
        "commented": ("success", _("评论已发表。")),
        "phrase-kept": ("success", _("已存为常用语：{what}")),
        "phrase-removed": ("success", _("已删除常用语。")),
        "clock-stopped": ("success", _("已中止计时，已告知申请人。")),
        "clock-resumed": ("success", _("已恢复计时，剩余期限自明日起继续计算。")),
        "withdrawn": ("success", _("已撤销申请 {what}。")),
        "cancelled": ("success", _("已终止事项 {what}。")),
        "sent-before": ("info", _("这份申请已经提交过了，不用再次提交。")),
        "draft-discarded": ("info", _("草稿已删除。")),
        "draft-saved": ("success", _("草稿已保存，可以随时回来继续填写。")),
        "kept": ("info", _("登录已过期，您刚才填写的内容已经保留，请检查后再提交。")),
        "not-kept": ("warning", _("登录已过期，刚才的操作没有生效，请重新操作。")),
        "password-changed": ("success", _("密码已修改，其他设备上的登录已全部退出。")),
        "logged-out": ("info", _("您已安全退出。")),
        "published": ("success", _("已发布{what}，新提交的事项按新版本办理，在办事项不受影响。")),
        "discarded": ("info", _("已作废草稿：{what}。")),
        "retried": ("success", _("已重新执行：{what}。")),
        "person-created": ("success", _("已新增人员：{what}。")),
        "person-saved": ("success", _("已保存{what}的岗位与状态。")),
        "password-reset": ("success", _("已为{what}重设密码，其已有登录全部退出。")),
        "unit-created": ("success", _("已新增单位：{what}。")),
        "calendar-published": ("success", _("已公布{what}年工作日历，待定的期限会重新计算。")),
        "saved": ("success", _("已保存。")),
        "mail-sent": ("success", _("测试邮件已发往 {what}，请查收。")),
        "sent-again": ("success", _("已重新安排，稍后可在列表中查看结果。")),
        "letter-revoked": ("success", _("已撤销文书：{what}。")),
        "template-published": ("success", _("已发布文书模板：{what}。")),
        "disposal-proposed": ("success", _("已列出到期的事项，请核对清册。")),
        "disposal-none": ("info", _("没有新到期的事项。")),
        "unmasked": ("success", _("正在显示完整信息，{what} 分钟后恢复隐去；本次查看已记录。")),
        "copied": ("success", _("已抄送给{who}，对方阅读后可在事项页面看到“已阅”。")),
        "urged": ("success", _("已催办，办理人会收到提醒。")),
        "filled-in": ("info", _("已按上次的内容填好，请核对后提交；材料需要重新上传。")),
        "case-suspended": ("success", _("已暂停 {what}，恢复之前什么都不会发生。")),
        "case-resumed": ("success", _("已恢复 {what}。")),
        "case-moved": ("success", _("已修改 {what} 的位置。")),
        "case-migrated": ("success", _("已将 {what} 迁移到 {version}。")),
        "batch-started": ("success", _("已开始，由系统在后台逐件办理。")),
        "recused": ("success", _("已声明回避，您的任务已退回其他办理人。")),
        "recusal-asked": ("success", _("已申请回避，等待决定。")),
        "recusal-granted": ("success", _("已决定{who}回避 {what}。")),
        "recusal-refused": ("info", _("已驳回对{who}的回避申请（{what}）。")),
        "recusal-lifted": ("success", _("已解除{who}在 {what} 中的回避。")),
        "proxy-named": ("success", _("已设置代理人：{who}。")),
        "proxy-revoked": ("success", _("已撤销代理：{who}。")),
        "relation-added": ("success", _("已登记{who}的关系，相关事项已按规定回避。")),
        "refused": ("warning", _("操作没有生效：{what}")),
    }.get(code)


def say(response: Response, code: str, **arguments: str) -> None:
    """Let the next page say this once."""
    short = {name: said(text)[:200] for name, text in arguments.items()}
    value = json.dumps({"code": code, "args": short}, ensure_ascii=False).encode()
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(value).decode(),
        max_age=60,
        httponly=True,
        samesite="lax",
    )


def read(request: Request) -> tuple[Flash, ...]:
    """What the page before asked this one to say; nothing where the cookie is not ours."""
    raw = request.cookies.get(COOKIE)
    if not raw:
        return ()
    try:
        found = json.loads(base64.urlsafe_b64decode(raw.encode()))
        words = _words(str(found["code"]))
        arguments: Mapping[str, str] = {str(k): str(v) for k, v in found["args"].items()}
        if words is None:
            return ()
        return (Flash(tone=words[0], text=words[1].format(**arguments)),)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
