"""Every ``banshi:`` property that a diagram may carry: what it means, and where it may stand.

The one list of them: the linter checks diagrams against it, ``banshi lint --properties`` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Where properties stand, by BPMN local names.
PROCESS = frozenset({"process"})
LANE = frozenset({"lane"})
USER = frozenset({"userTask"})
WORK = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask",
        "sendTask", "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess",
    }
)  # fmt: skip
EVENTS = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent",
        "boundaryEvent",
    }
)  # fmt: skip
STAYS = WORK | {"intermediateCatchEvent", "eventBasedGateway"}
COPIES = frozenset({"userTask", "serviceTask", "endEvent"})

WORDS = {
    "process": "流程",
    "lane": "泳道",
    "userTask": "用户任务",
    "serviceTask": "服务任务",
    "endEvent": "结束事件",
}


@dataclass(frozen=True, kw_only=True)
class Property:
    """``name`` without ``banshi:``. ``values``: the only ones it takes, else any."""

    name: str
    meaning: str
    places: frozenset[str]
    values: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The places in words."""
        if self.places >= WORK | EVENTS:
            return "任务、子流程和事件"
        if self.places >= WORK:
            return "任务和子流程" + ("、等待的事件和网关" if self.places >= STAYS else "")
        if self.places == EVENTS:
            return "事件"
        return "、".join(WORDS[p] for p in WORDS if p in self.places)


def _of(places: frozenset[str], **meanings: str) -> tuple[Property, ...]:
    return tuple(Property(name=n, meaning=m, places=places) for n, m in meanings.items())


_FLAG = ("true", "false")

#: All of them, by where they stand.
PROPERTIES: tuple[Property, ...] = (
    *_of(
        PROCESS,
        starters="谁可以申请：角色代号，逗号分隔；* 为所有登录的人；不填只有管理员能发起",
        series="编号字头，大写字母，例如 CT",
        title="事项标题（FEEL）",
        unit="事项所属单位（FEEL，结果为单位代号）；不填为申请人的单位",
        summary="办事大厅里的一句话说明",
        duration="办理时限说明（文字）",
        materials="需要的材料，分号分隔",
        icon="办事大厅里的图标名",
        statutoryPeriod="整个事项的法定办理期限：数字，或“20个工作日”",
        statutoryUnit="法定办理期限的单位：working-day、natural-day、month、year",
        statutoryRoll="法定期限的最后一天是休息日时是否顺延（true / false）",
        searchable="哪些变量可以在事项检索里搜，分号或逗号分隔",
        retention="办结后保存多久（如 P10Y）；permanent 为永久",
        personalRetention="办结后多久抹去个人信息（如 P5Y）",
        urgeEvery="两次催办至少相隔几个办公小时",
    ),
    *_of(LANE, kind="泳道由谁办理：role 角色、applicant 申请人、external 外部人员"),
    *_of(
        LANE | USER,
        role="办理角色代号",
        level="办理单位的层级：village、street、county、city",
        privacy="办理时需要看到的个人信息种类，逗号分隔",
    ),
    *_of(
        USER,
        outcome="表单里哪个字段是结论（不填为 outcome）",
        deadline="办理期限：整数，或 = 开头的表达式",
        deadlineUnit="期限的单位：working-day、natural-day、month、year",
        deadlineRoll="期限的最后一天是休息日时是否顺延（true / false）",
        remindBefore="到期前几个工作日提醒",
        escalateTo="超期或到期时上报的角色代号",
        onExpiry="到期怎么办：fail 视为不同意、extend 延长、escalate 上报；从不视为同意",
        expiryOutcome="到期视为的结论（不填为 reject）",
        extendBy="到期延长多少",
        extendUnit="延长的单位（不填同期限单位）",
        extensions="最多延长几次（不填为 1）",
        afterExtensions="延长用完后：fail 或 escalate",
        separation="不相容岗位组：同组环节同一个人只能办一个",
        signature="签名：optional 可签、required 必须签",
        completionRule="多人表决的完成规则：any、all、ratio、sequential、weighted",
        threshold="通过门槛：比例（0.5、2/3）或权重之和",
        quorum="有效人数：人数或比例",
        veto="是否一票否决（true / false）",
        abstentions="弃权是否计入：count、ignore",
        approves="哪些结论算同意，逗号分隔（不填为 approve）",
        seats="席位（FEEL：用户名或 角色@单位 的列表）",
        weights="各席位的权重（FEEL 上下文）",
    ),
    Property(
        name="ownCases",
        meaning="allowed：办理人可以办理自己申请的事项",
        places=USER,
        values=("allowed",),
    ),
    *_of(
        PROCESS | USER,
        deduplicate="连续两个环节由同一人同意时沿用前一意见：consecutive；never 不沿用",
    ),
    *_of(
        STAYS,
        stopsClock="停留期间中止计时的理由：supplement 补正、announcement 公示、inspection 检测检验、expert 专家评审、other 其他",
    ),
    *_of(
        WORK | EVENTS,
        letter="办完时出具的文书：模板编号，或 = 开头的表达式，null 不出具",
    ),
    Property(
        name="barrier",
        meaning="true：办过之后不能再退回到它之前；服务任务默认如此，false 解除",
        places=WORK | EVENTS,
        values=_FLAG,
    ),
    Property(
        name="decision",
        meaning="true：这一步作出决定；此前申请人可以撤回",
        places=WORK | EVENTS | {"exclusiveGateway", "inclusiveGateway"},
        values=_FLAG,
    ),
    *_of(EVENTS, statutory="true：法定期限的定时，随中止计时顺延"),
    *_of(
        COPIES,
        copyTo="抄送：用户名、角色或 角色@单位，分号分隔；或 = 开头的表达式",
    ),
    Property(
        name="copyOn",
        meaning="何时抄送：completed 办完时（默认）、opened 开始时",
        places=COPIES,
        values=("completed", "opened"),
    ),
)

BY_NAME = {f"banshi:{p.name}": p for p in PROPERTIES}
