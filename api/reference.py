"""The words of the API's reference: what each operation does, for people who call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

#: By method and path below ``/v2``; a test holds that every operation has its words.
WORDS: Mapping[str, str] = {
    "GET /disposal-lists": "销毁清册，由新到旧。限管理员。",
    "POST /disposal-lists": "立即检查并列出保管期限届满、尚未列入清册的事项。限管理员。",
    "GET /disposal-lists/{disposalListKey}/disposals": "清册中的事项及依据。限管理员。",
    "POST /disposal-lists/{disposalListKey}/confirmation": "核对清册，提请另一位管理员批准。",
    "POST /disposal-lists/{disposalListKey}/approval": (
        "批准清册；须由核对人以外的另一位管理员批准，随后分批销毁，不能恢复。"
    ),
    "POST /disposal-lists/{disposalListKey}/rejection": "退回清册，不予销毁；须写明原因。",
    "GET /disposals": "销毁登记：编号、依据、办理记录末条的摘要，永久保存。限管理员。",
    "GET /legal-holds": "暂缓销毁的事项。限管理员。",
    "POST /process-instances/{processInstanceKey}/legal-hold": (
        "暂缓销毁：解除之前，该事项的任何内容都不会销毁；须写明原因。限管理员。"
    ),
    "POST /process-instances/{processInstanceKey}/legal-hold/release": (
        "解除暂缓销毁；须写明原因。限管理员。"
    ),
    "GET /checkpoints": (
        "全部办理记录的签名检查点（默克尔树根，RFC 6962；Ed25519 签名），由新到旧。公开，供任何人留存比对。"
    ),
    "GET /checkpoints/consistency": (
        "证明后一检查点（second）完整包含前一检查点（first）所覆盖的全部记录，未作改动。公开。"
    ),
    "POST /process-instances/{processInstanceKey}/unmasking": (
        "写明目的和事由后，在限定时间内看到该事项的完整信息（证件号码、银行账号、联系方式等）。"
        "限办理人员和管理员；记入办理记录和查阅记录。"
    ),
    "GET /process-instances/{processInstanceKey}/unmaskings": (
        "该事项的查阅记录：谁、何时、为什么看过完整信息。限管理员和申请人。"
    ),
    "GET /process-instances/{processInstanceKey}/personal-data": (
        "申请人复制自己在该事项中的个人信息（个人信息保护法第四十五条），含谁因何看过完整信息。"
    ),
    "POST /unmaskings/search": "全部查阅记录，可按人员、事项、目的和时间查询。限管理员。",
    "POST /session": "以用户名和密码登录，取得 10 分钟有效的访问令牌和一枚换发令牌。连续失败会被限制。",
    "DELETE /session": "退出登录：此会话的全部令牌立即失效。",
    "POST /session/refresh": (
        "以换发令牌换取新令牌。每枚换发令牌只能用一次，再次使用会被视为被盗用，整个会话随即关闭。"
    ),
    "GET /authentication/me": "当前用户此刻的角色与权限（以数据库为准，而非令牌签发时）。",
    "GET /topology": "以 Camunda 的格式说明本系统：一个节点、一个分区。",
    "GET /status": "数据库可用时答复 204，否则 503。不需要登录。",
    "POST /deployments": (
        "部署 .bpmn、.dmn、.form 文件（仅管理员）。要么全部成为新版本，要么都不部署；"
        "内容未变的文件保留原版本。有错误时按元素列出全部问题。"
    ),
    "POST /deployments/validation": "检查一个文件，列出错误与警告，不部署。",
    "POST /process-definitions/search": "工作人员可查全部流程，其他人只能查到自己可以办理的。",
    "GET /process-definitions/{processDefinitionKey}": "一个版本的流程。",
    "GET /process-definitions/{processDefinitionKey}/xml": "部署时的 BPMN 原文。",
    "GET /process-definitions/{processDefinitionKey}/form": "发起时填写的表单；没有表单时答复 204。",
    "POST /process-instances": (
        "发起一件事项。流程有申请表单时，variables 按表单校验。"
        "可带 Idempotency-Key 请求头：重复的请求只发起一次。"
    ),
    "POST /process-instances/search": "本人可见的事项：自己申请的、经办的；管理员可查全部。",
    "GET /process-instances/{processInstanceKey}": "一件事项的概况。",
    "POST /process-instances/{processInstanceKey}/cancellation": "管理员终止事项，须写明理由。",
    "POST /process-instances/{processInstanceKey}/modification": (
        "管理员修改事项所在的环节：移动、新增或取消，须写明理由。moveInstructions 在原环节所在的范围内移动；"
        "variableInstructions 不写 scopeId 时写入事项自身的变量。引擎做不到的改动答复 409 并说明原因。"
    ),
    "POST /process-instances/{processInstanceKey}/modification-preview": (
        "预览修改位置：会取消和新开哪些任务、是否会出现异常；不作任何改动。"
    ),
    "POST /process-instances/{processInstanceKey}/migration": (
        "管理员把在办事项迁移到同一流程的另一个版本，须写明理由。编号相同的环节自动对应，其余用"
        " mappingInstructions 指明。办理人、期限、席位、定时器的到期时间不变；在办任务改用新版本的表单。"
    ),
    "POST /process-instances/{processInstanceKey}/migration-report": (
        "试算迁移：各环节对应到哪里、会失去哪些等待的事件、为什么不能迁移；不作任何改动。"
    ),
    "POST /process-instances/{processInstanceKey}/suspension": (
        "管理员暂停事项，须写明理由：恢复之前，任务、定时器、系统任务和消息都等待。"
    ),
    "POST /process-instances/{processInstanceKey}/resumption": "恢复暂停的事项；其间到期的随即发生。",
    "POST /process-instances/migration-report": (
        "对符合条件的事项试算迁移，按原因汇总；一次最多检查 2000 件。"
    ),
    "POST /process-instances/migration": (
        "批量迁移：事项清单在此刻固定，由后台逐件办理，逐件记录；用 batchOperationKey 查询进度。"
    ),
    "POST /process-instances/modification": "批量移动：把停在来源环节的事项移到目标环节。",
    "POST /process-instances/cancellation": "批量终止符合条件的在办事项，须写明理由。",
    "POST /process-instances/incident-resolution": "批量重试符合条件的事项中的异常。",
    "POST /process-instances/suspension": "批量暂停符合条件的在办事项。",
    "POST /process-instances/resumption": "批量恢复符合条件的已暂停事项。",
    "POST /batch-operations/search": "查询批量处理（仅管理员），新的在前。",
    "GET /batch-operations/{batchOperationKey}": "一次批量处理的状态与进度。",
    "POST /batch-operations/{batchOperationKey}/suspension": "暂停：正在办的一件办完后停下。",
    "POST /batch-operations/{batchOperationKey}/resumption": "继续暂停的批量处理。",
    "POST /batch-operations/{batchOperationKey}/cancellation": "停止：尚未处理的事项不再处理，已处理的不变。",
    "POST /batch-operations/{batchOperationKey}/retry": "重试其中失败的事项。",
    "POST /batch-operation-items/search": "批量处理中的事项：各自的状态、失败或略过的原因。",
    "POST /process-instances/{processInstanceKey}/withdrawal": "申请人在决定作出前撤销申请，须写明理由。",
    "POST /user-tasks/{userTaskKey}/copies": (
        "抄送：当前办理人把事项发给工作人员阅知，只能看、不能办。同一人对同一事项只有一份，再次抄送即重新变为未读。"
        "可带 Idempotency-Key 请求头。"
    ),
    "POST /process-instances/{processInstanceKey}/copies/search": (
        "此事项抄送给了谁、是否已阅。办理人员和管理员可查全部，其他人只能查到自己发出的和收到的。"
    ),
    "POST /process-instances/{processInstanceKey}/copies/reading": "把抄送给本人的这件事项标为已阅。",
    "POST /copies/search": "抄送给本人的事项，新的在前；unread 为 true 时只看未阅，为 false 时只看已阅。",
    "GET /settings/deduplication": "自动去重是否打开（仅限管理员）。",
    "PUT /settings/deduplication": "打开或关闭自动去重；只对流程图中设了自动去重的环节有效（仅限管理员）。",
    "POST /process-instances/{processInstanceKey}/clock-stops": (
        "中止计时：由当前办理人或管理员说明类别和原因，申请人会收到告知；中止期间各项期限不计。"
    ),
    "POST /process-instances/{processInstanceKey}/clock-stops/resumption": (
        "恢复计时：剩余的期限自次日起按各自的单位（工作日、自然日、月）继续计算。"
    ),
    "POST /process-instances/{processInstanceKey}/clock-stops/search": "此事项历次中止计时的记录。",
    "POST /process-instances/{processInstanceKey}/urges": (
        "催办：申请人或先前的办理人提醒现在的办理人。每人每件事项在若干工作小时内只能催办一次，"
        "过早时答复 429，again 说明何时可以再次催办。可带 Idempotency-Key 请求头。"
    ),
    "POST /process-instances/{processInstanceKey}/recusals": (
        "声明本人回避（立即生效，在办任务退回候选人；无人可办时转为异常）；写明 username 时申请该人员回避，"
        "由管理员或此事项的领导决定。"
    ),
    "POST /recusals/search": (
        "某一事项的回避（processInstanceKey）、等待我决定的（pending），或本人须回避的事项（都不写时）。"
    ),
    "POST /recusals/{recusalKey}/decision": (
        "决定是否回避，须写明理由。由管理员或此事项的领导决定，所涉人员本人不能决定。"
    ),
    "POST /recusals/{recusalKey}/lift": (
        "管理员解除回避，须写明理由；双方的亲属或任职关系仍然有效时不能解除。"
    ),
    "POST /relations": (
        "管理员登记两个账号之间的亲属（FAMILY）或任职（ORGANISATION）关系；一方在对方的事项中有任务的，随即回避。"
    ),
    "POST /relations/search": "登记的亲属与任职关系，可按人员查询。限管理员。",
    "DELETE /relations/{relationKey}": "撤销登记有误的关系；已经生效的回避须另行解除。",
    "POST /proxies": (
        "设置代理：期间内代理人可以办理被代理人的任务，记录写明“某某 代 某某”。由本人或管理员设置，"
        "同一人在同一流程的期间不能重叠。"
    ),
    "POST /proxies/search": "本人作为被代理人或代理人的代理；管理员可查全部。",
    "DELETE /proxies/{proxyKey}": "撤销代理，立即生效。限被代理人和管理员。",
    "GET /users/{username}/hand-over": (
        "该人员所在的全部在办任务：办理中（holds）、等待中（waits）、委派出去（lent）、加签他人（added）、"
        "指名候选（candidate）。限管理员。"
    ),
    "POST /users/{username}/hand-over": (
        "离岗交接：逐件交给接手人，每件单独记录；不能交接的列明原因。全部交接后可一并停用账号。限管理员。"
    ),
    "POST /process-instances/{processInstanceKey}/urges/search": "谁在何时催办过此事项。",
    "POST /process-instances/{processInstanceKey}/incidents/search": "此事项中不能自动继续的环节。",
    "GET /process-instances/{processInstanceKey}/journal": "办理的每一步，由早到晚。",
    "GET /process-instances/{processInstanceKey}/record": (
        "带散列链的完整存档，可由不信任本服务器的人独立验证；algorithm 说明算法。"
    ),
    "POST /user-tasks/search": "本人可见的待办：分派给自己的、自己岗位可签收的、自己事项中的。",
    "GET /user-tasks/{userTaskKey}": (
        "一项待办，及本人现在可以做的操作（allowedOperations）和不能做的原因（refusals）。"
    ),
    "PATCH /user-tasks/{userTaskKey}": (
        "管理员调整期限、跟进日期、优先级与候选人。未给出或为 null 的不变；空文本、空列表表示清除。"
    ),
    "POST /user-tasks/{userTaskKey}/assignment": (
        "分派给自己即签收（须无人持有）；分派给他人即转办。allowOverride 为 false 时不覆盖现有经办人。"
    ),
    "DELETE /user-tasks/{userTaskKey}/assignee": "退签：交还给候选岗位。",
    "POST /user-tasks/{userTaskKey}/completion": (
        "办理。有表单时 variables 按表单校验；迟到的办理答复 409，说明已由谁办理。"
        "环节要求签名时以 signature 给出：本人上传的 PNG（documentId）或本人姓名（name）。"
        "可带 Idempotency-Key 请求头。"
    ),
    "POST /user-tasks/batch-completion": (
        "批量审批：把同一结论和意见给多件待办，逐件办理、互不影响；只限表单除结论与意见外无须填写、"
        "不须签名的环节。总是答复 200，每件的结果与原因在 items 中。可带 Idempotency-Key 请求头。"
    ),
    "POST /user-tasks/batch-claim": "批量签收：逐件签收、互不影响，每件的结果与原因在 items 中。",
    "GET /user-tasks/{userTaskKey}/operations": (
        "本人现在可以做的操作、不能做的原因，以及各席位由谁办理、表决进度和可退回的环节。"
    ),
    "POST /user-tasks/{userTaskKey}/delegation": (
        "委派：请同事代为处理，处理后归还。可层层委派，按相反的次序逐级归还。"
    ),
    "POST /user-tasks/{userTaskKey}/resolution": "办理归还：附上意见，交回上一级委派人。",
    "POST /user-tasks/{userTaskKey}/delegation-recall": (
        "收回委派：委派人在归还之前收回，任务回到委派人手中；其间转手的人不再经办。"
    ),
    "GET /user-tasks/{userTaskKey}/comments": "此待办上的评论，由早到晚，限参与办理的人员。",
    "POST /user-tasks/{userTaskKey}/comments": (
        "发表评论，可附已上传的文件（documentIds），可提醒参与办理的人员（mentions）。申请人看不到评论。"
    ),
    "POST /user-tasks/{userTaskKey}/sign-additions": (
        "加签：mode 为 before（前加签）、after（后加签）或 parallel（并加签）。"
        "同一任务的加签方式不能混用，同一人不能有两个席位；前加签办完之前，原席位无人可以办理。"
    ),
    "POST /user-tasks/{userTaskKey}/sign-removals": (
        "减签：加签人或管理员（须填写原因）取消尚未办结的加签席位，由它加出的席位一并取消。"
    ),
    "POST /user-tasks/{userTaskKey}/seats/{seatKey}/assignment": (
        "转办一个席位：本人的席位，或由管理员转办任何未办结的席位。"
    ),
    "POST /user-tasks/{userTaskKey}/return": (
        "退回到已经办过的环节，须填写原因。以 targetElementId（最近一次）或 targetElementInstanceKey 指明；"
        "已经对外生效的环节（拨付、送达、公告等）不能越过。"
    ),
    "POST /user-tasks/{userTaskKey}/withdrawal": (
        "撤回本人最近办结的环节；后续环节已有人办理，或已对外生效的，不能撤回。"
    ),
    "GET /user-tasks/{userTaskKey}/form": "此事项所固定版本的办理表单；没有表单时答复 204。",
    "POST /user-tasks/{userTaskKey}/variables/search": "此待办所在事项的变量，限本人可见的。",
    "POST /variables/search": "本人可见事项的变量；value 是 JSON 文本，数字不丢失精度。",
    "GET /variables/{variableKey}": "一个变量。",
    "PUT /element-instances/{elementInstanceKey}/variables": (
        "管理员更正事项（或其中子流程）的变量，reason 记入办理记录。"
    ),
    "POST /jobs/activation": (
        "领取作业（系统对接账号，即角色 job-worker，或管理员）。只取 fetchVariable 所列的变量，"
        "其中的个人信息不加掩码，每次领取都留有记录。没有作业时等待，直到有作业或 requestTimeout 到期；"
        "timeout 内未完成的作业可被再次领取。时间单位均为毫秒。"
    ),
    "POST /jobs/search": "查询作业（仅管理员账号）。",
    "POST /jobs/{jobKey}/completion": "完成作业，variables 写回事项。",
    "POST /jobs/{jobKey}/failure": "作业失败。还有重试次数时，过 retryBackOff 后可再领取；否则成为异常。",
    "POST /jobs/{jobKey}/error": "抛出 BPMN 错误，由流程图中的错误事件接住。",
    "PATCH /jobs/{jobKey}": "调整剩余重试次数，或从现在起重新计算领取时限。",
    "POST /incidents/search": "查询异常（仅管理员）。",
    "GET /incidents/{incidentKey}": "一条异常：在哪一环节、什么原因。",
    "POST /incidents/{incidentKey}/resolution": "重试不能继续的环节。",
    "POST /messages/publication": "发布消息给正在等待的事项；timeToLive 毫秒内开始等待的也能收到。",
    "POST /messages/correlation": "把消息交给此刻正在等待的事项；无人等待时答复 404。",
    "POST /signals/broadcast": "把信号广播给所有正在等待的事项。",
    "POST /documents": (
        "上传材料，加密保存；随表单提交前只有本人可见，逾期未提交的自动清除。类型按内容识别。"
    ),
    "GET /documents/{documentId}": "下载材料。提交前限本人；提交后限能查看该事项的人。",
    "DELETE /documents/{documentId}": "删除自己上传、尚未提交的材料。",
    "POST /decision-definitions/search": "查询决策（限工作人员）。",
    "POST /decision-definitions/evaluation": "以给定的值试算决策，说明命中哪些规则（仅管理员）。",
    "GET /decision-definitions/{decisionDefinitionKey}": "一个版本的决策。",
    "GET /decision-definitions/{decisionDefinitionKey}/xml": "部署时的 DMN 原文。",
    "POST /expression/evaluation": "以给定的变量试算 FEEL 表达式（仅管理员）。",
    "POST /users/search": "查询人员（限工作人员）。",
    "POST /users": "添加人员（仅管理员）。不给密码的账号暂不能登录。",
    "GET /users/{username}": "一位人员；本人或工作人员可查。",
    "PUT /users/{username}": "修改人员、重设密码、停用或启用账号（仅管理员）。未给出的不变。",
    "POST /groups/search": "有人担任的岗位：每个单位的每个角色是一个岗位，写作 role@unit。",
    "GET /groups/{groupId}": "一个岗位。",
    "POST /groups/{groupId}/users/search": "担任此岗位的人员。",
    "PUT /groups/{groupId}/users/{username}": "让人员担任此岗位（仅管理员），下一次操作即生效。",
    "DELETE /groups/{groupId}/users/{username}": "让人员不再担任此岗位（仅管理员），下一次操作即生效。",
    "POST /roles/search": "全部角色及其所在层级。",
    "GET /units": "整个单位树，由上到下。",
    "POST /units": "添加单位（仅管理员）。",
    "POST /notices/search": "本人的通知，新的在前；unread 只看未读，before 从某一条往前。",
    "POST /notices/reading": "把到 upTo 为止的通知都标为已读。",
    "POST /notices/{noticeKey}/reading": "把一条通知标为已读。",
    "POST /dispatches/search": (
        "外发的邮件、Webhook 与群消息（仅管理员），默认只列未送达的；新的在前。"
    ),
    "POST /dispatches/{dispatchKey}/retry": "重新发送一条未送达的消息，尝试次数从头计。",
    "GET /process-instances/{processInstanceKey}/letters": (
        "事项已出具的文书；PDF 在后台生成，documentKey 为空时尚未生成。"
    ),
    "POST /letters/{letterKey}/revocation": "管理员撤销文书，须写明理由；文号不再使用，核验页显示已撤销。",
    "GET /letter-verifications/{code}": (
        "凭验证码核验文书，不需要登录，按来源地址限次；不含正文与收件人全名。"
    ),
}

#: The chapters of the reference, in the order in which somebody new reads them.
CHAPTERS = (
    "会话",
    "流程定义",
    "流程实例",
    "待办任务",
    "变量",
    "材料",
    "部署",
    "决策与表达式",
    "异常",
    "批量处理",
    "作业",
    "消息与信号",
    "通知",
    "文书",
    "个人信息",
    "检查点",
    "销毁",
    "人员与单位",
    "回避与代理",
    "集群",
)

_TEXT = {"type": "string"}

#: RFC 9457; the fault's own fields stand beside these.
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:banshi:problem:not-found"]},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT,
        "instance": _TEXT,
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["severity", "path", "rule", "message"],
                "properties": {
                    "severity": {"enum": ["error", "warning"]},
                    "path": _TEXT,
                    "rule": _TEXT,
                    "message": _TEXT,
                    "line": {"type": "integer"},
                },
            },
        },
    },
    "additionalProperties": True,
}


def described(server: FastAPI) -> dict[str, Any]:
    """The schema of the API: operations in words, the shape of faults, the way to log in.

    Docstrings are for whoever reads the program; they are left out.
    """
    schema: dict[str, Any] = server.openapi()
    schema["tags"] = [{"name": chapter} for chapter in CHAPTERS]
    components = schema.setdefault("components", {})
    for shape in components.setdefault("schemas", {}).values():
        shape.pop("description", None)
    components["schemas"]["Problem"] = _PROBLEM
    components["securitySchemes"] = {"bearerAuth": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"bearerAuth": []}]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["description"] = WORDS.get(
                f"{method.upper()} {path.removeprefix('/v2')}", operation["summary"]
            )
    return schema
