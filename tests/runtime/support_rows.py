"""The lines of the support table: what is asked, a diagram with it, the tests that show it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.runtime.diagram import (
    HEAD,
    boundary,
    bpmn,
    call,
    catch,
    conditional,
    end,
    error,
    escalation,
    event_sub,
    ext,
    gateway,
    io,
    many,
    message,
    node,
    on,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """``ornament``: it says nothing about execution. ``tests``: ``file::test`` or ``…[case]``."""

    chinese: str
    english: str
    xml: str
    tests: tuple[str, ...]
    note: str = ""
    ornament: bool = False


ROOTS = (
    message("M", "k")
    + message("N", "k")
    + message("K")
    + signal("S")
    + error("X")
    + escalation("Y")
    + '<signalEventDefinition id="SD" signalRef="S" />'
)
HOUR = timer("PT1H")
ONCE = "<multiInstanceLoopCharacteristics{}>{}{}</multiInstanceLoopCharacteristics>"
ITEMS = ext('<zeebe:loopCharacteristics inputCollection="=[1, 2]" />')
UNDOABLE = (
    user("a")
    + boundary("c", "a", on("compensate"))
    + user("u", isForCompensation="true")
    + '<association id="as" sourceRef="c" targetRef="u" />'
)


def line(
    chinese: str,
    english: str,
    elements: str,
    flows: str = "",
    *tests: str,
    note: str = "",
    ornament: bool = False,
    xml: str = "",
) -> Line:
    return Line(
        chinese=chinese,
        english=english,
        xml=xml or bpmn(elements, flows, roots=ROOTS),
        tests=tests,
        note=note,
        ornament=ornament,
    )


def _listening(kind: str, event: str) -> str:
    return (
        f'<zeebe:{kind}Listeners><zeebe:{kind}Listener eventType="{event}" type="t" />'
        f"</zeebe:{kind}Listeners>"
    )


FLOW, EVENTS, SCOPES = "test_flow.py::test_", "test_events.py::test_", "test_scopes.py::test_"
MI, COMP, RARE = (
    "test_multi_instance.py::test_",
    "test_compensation.py::test_",
    "test_rare.py::test_",
)
REFUSED, INVALID = "test_refusals.py::test_refused", "test_invalid.py::test_refused"
ELEMENT = "test_elements.py::test_"
DRAWING = "test_invalid_drawing.py::test_"
TASK_LISTEN, CANCEL_LISTEN = "test_task_listeners.py::test_", "test_canceling_listeners.py::test_"
LISTEN, DIALECT = "test_listeners.py::test_", "test_dialects.py::test_runs"

ACTIVITIES = (
    line("任务", "task", node("task", "a"), "", FLOW + "manual_and_plain_tasks_pass"),
    line("用户任务", "userTask", user("a"), "", FLOW + "straight_line"),
    line("手工任务", "manualTask", node("manualTask", "a"), "", FLOW + "manual_and_plain_tasks_pass"),
    line("脚本任务（FEEL）", "scriptTask", script("a", "1"), "", FLOW + "scripts_in_a_row_are_one_step"),
    line("脚本任务的其他语言", "scriptTask / script", script("a", "1", inner="<script>x</script>"), "", REFUSED + "[script in another language]"),
    line("服务任务", "serviceTask", service("a"), "", FLOW + "job_carries_type_headers_and_retries"),
    line("没有说明如何执行的服务任务", "serviceTask", node("serviceTask", "a"), "", REFUSED + "[service task without a job]"),
    line("发送任务", "sendTask", node("sendTask", "a", messageRef="M"), "", EVENTS + "receive_and_send_task"),
    line("接收任务", "receiveTask", node("receiveTask", "a", messageRef="M"), "", EVENTS + "receive_and_send_task"),
    line("启动流程的接收任务", "receiveTask instantiate", node("receiveTask", "a", messageRef="M", instantiate="true"), "", EVENTS + "event_based_instantiation"),
    line("业务规则任务", "businessRuleTask", node("businessRuleTask", "a", ext('<zeebe:calledDecision decisionId="d" resultVariable="r" />')), "", SCOPES + "a_missing_decision_can_be_caught"),
    line("嵌入子流程", "subProcess", sub("m", user("a")), "", SCOPES + "embedded_subprocess", SCOPES + "subprocess_completes_when_all_its_tokens_are_gone"),
    line("事件子流程", "subProcess triggeredByEvent", user("a") + event_sub("v", start("s2", HOUR), ""), "", EVENTS + "event_subprocess_interrupting_timer"),
    line("事务", "transaction", sub("m", user("a") + end("x", on("cancel")), "a>x", kind="transaction"), "", COMP + "cancelled_transaction"),
    line("即席子流程", "adHocSubProcess", sub("m", user("a"), kind="adHocSubProcess"), "", EVENTS + "ad_hoc_subprocess"),
    line("即席：顺序、完成条件、取消其余", "ordering, completionCondition, cancelRemainingInstances", sub("m", user("a") + "<completionCondition>=true</completionCondition>", kind="adHocSubProcess", ordering="Sequential", cancelRemainingInstances="false"), "", EVENTS + "ad_hoc_subprocess", "test_patterns.py::test_pattern[40 Interleaved Routing]"),
    line("即席子流程里的启动、结束事件", "adHocSubProcess / startEvent", sub("m", start("s2") + user("a"), "s2>a", kind="adHocSubProcess"), "", INVALID + "[ad-hoc with a start event]"),
    line("调用活动", "callActivity", call("c", "q"), "", SCOPES + "call_activity_copies_variables_in_and_out", SCOPES + "lanes_are_inherited_through_subprocess_and_call"),
    line("标准写法的被调用元素", "callActivity calledElement (QName)", node("callActivity", "c", calledElement="t:q"), "", DIALECT + "[called element as a qualified name]"),
    *(line(f"全局{what}", kind, "", "", RARE + f"global_tasks_are_called[False-{kind}]", xml=HEAD + f'<{kind} id="G">{inner}</{kind}>' + process(call("c", "G")) + "</definitions>") for kind, what, inner in (("globalTask", "任务", ""), ("globalUserTask", "用户任务", ext("<zeebe:userTask />")), ("globalManualTask", "手工任务", ""), ("globalScriptTask", "脚本任务", ext('<zeebe:script expression="=1" resultVariable="n" />')), ("globalBusinessRuleTask", "业务规则任务", ext('<zeebe:calledDecision decisionId="d" resultVariable="n" />')))),
    line("标准循环", "standardLoopCharacteristics", user("a", inner='<standardLoopCharacteristics loopMaximum="3"><loopCondition>=again</loopCondition></standardLoopCharacteristics>'), "", MI + "standard_loop", MI + "standard_loop_tested_before_and_bounded"),
    line("多实例（并行）", "multiInstanceLoopCharacteristics", user("a", inner=many("[1]")), "", MI + "parallel_user_tasks_gather_their_results_in_order"),
    line("多实例（顺序）", "isSequential", user("a", inner=many("[1]", sequential=True)), "", MI + "sequential"),
    line("多实例的次数", "loopCardinality", user("a", inner="<multiInstanceLoopCharacteristics><loopCardinality>=2</loopCardinality></multiInstanceLoopCharacteristics>"), "", MI + "cardinality"),
    line("多实例的数据引用", "loopDataInputRef, inputDataItem", user("a", inner='<multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef><inputDataItem id="i" name="each" /></multiInstanceLoopCharacteristics>') + '<dataObject id="d" />', "", DIALECT + "[multi-instance by standard data references]"),
    line("多实例完成条件", "completionCondition", user("a", inner=many("[1]", condition="true")), "", MI + "completion_condition_ends_the_rest"),
    line("多实例既按集合又按次数", "loopCardinality, inputCollection", user("a", inner=many("l").replace("</multi", "<loopCardinality>3</loopCardinality></multi")), "", DRAWING + "refused[multi-instance by collection and by number]"),
    line("多实例没有集合", "multiInstanceLoopCharacteristics", user("a", inner=ONCE.format("", "", "")), "", REFUSED + "[multi-instance without items]"),
    line("多实例行为 None", 'behavior="None"', user("a", inner=ONCE.format(' behavior="None" noneBehaviorEventRef="SD"', ITEMS, "")), "", RARE + "none_throws_as_each_instance_completes[True]"),
    line("多实例行为 One", 'behavior="One"', user("a", inner=ONCE.format(' behavior="One" oneBehaviorEventRef="SD"', ITEMS, "")), "", RARE + "one_throws_with_the_first_and_may_interrupt"),
    line("多实例行为 Complex", "complexBehaviorDefinition", user("a", inner=ONCE.format(' behavior="Complex"', ITEMS, '<complexBehaviorDefinition><condition>=true</condition><event id="ev"><signalEventDefinition signalRef="S" /></event></complexBehaviorDefinition>')), "", RARE + "complex_throws_where_its_condition_holds"),
    line("补偿活动", "isForCompensation", UNDOABLE, "", COMP + "handlers_run_newest_first_then_the_thrower_goes_on"),
    line("重复子流程里的补偿", "compensation in loops", sub("m", UNDOABLE, inner=many("[1, 2]")), "", COMP + "each_round_of_a_repeated_subprocess_is_compensated_newest_first[mi]", COMP + "rounds_within_rounds"),
    line("启动数量、完成数量", "startQuantity, completionQuantity", user("a", completionQuantity="2") + user("b", startQuantity="2"), "a>b", FLOW + "start_and_completion_quantity"),
    line("资源指派", "potentialOwner, performer, resourceRole", user("a", inner="<potentialOwner />"), "", REFUSED + "[potential owner]"),
)  # fmt: skip

STARTS = (
    line("普通启动", "startEvent", start() + user("a"), "s>a", FLOW + "straight_line"),
    line("没有启动事件", "implicit start", user("a"), "", FLOW + "process_without_events"),
    line("几个普通启动", "several startEvents", start() + start("t") + user("a"), "s>a t>a", FLOW + "of_several_none_starts_one_is_named", note="启动时指明从哪一个"),
    *(line(f"{what}启动", f"startEvent / {kind}EventDefinition", start("s", inner) + user("a"), "s>a", EVENTS + "process_starts_by_message_signal_timer") for kind, what, inner in (("message", "消息", on("message", "M")), ("timer", "定时", timer("R/P1D", "timeCycle")), ("signal", "信号", on("signal", "S")))),
    line("条件启动", "startEvent / conditionalEventDefinition", start("s", conditional("x")) + user("a"), "s>a", EVENTS + "conditional_catch_boundary_and_event_subprocess", note="流程级的条件没有数据可看，由接口指明启动事件来启动"),
    line("多事件启动（并行）", "startEvent parallelMultiple", start("s", conditional("x") + on("signal", "S"), parallelMultiple="true") + user("a"), "s>a", REFUSED + "[parallel multiple process start]"),
    line("没有消息的消息启动", "messageEventDefinition", start("s", on("message")) + user("a"), "s>a", INVALID + "[message start without message]"),
    *(line(f"事件子流程：{what}", f"eventSubProcess / {kind}", user("a") + event_sub("v", start("s2", inner, ** more), ""), "", test) for kind, what, inner, more, test in (("message, non-interrupting", "消息，非中断", on("message", "M"), {"isInterrupting": "false"}, ELEMENT + "event_subprocess[message-False]"), ("timer", "定时", HOUR, {}, ELEMENT + "event_subprocess[timer-True]"), ("signal", "信号", on("signal", "S"), {}, ELEMENT + "event_subprocess[signal-True]"), ("conditional", "条件", conditional("x"), {}, ELEMENT + "event_subprocess[conditional-True]"), ("error", "错误", on("error", "X"), {}, ELEMENT + "event_subprocess[error-True]"), ("escalation", "升级", on("escalation", "Y"), {}, ELEMENT + "event_subprocess[escalation-True]"), ("compensation", "补偿", on("compensate"), {}, COMP + "compensation_event_subprocess"))),
    line("子流程里带事件的启动", "subProcess / startEvent", sub("m", start("s2", HOUR) + user("a"), "s2>a"), "", REFUSED + "[subprocess that starts by an event]"),
)  # fmt: skip

INTERMEDIATE = (
    line("定时捕获", "intermediateCatchEvent / timer", catch("c", HOUR), "", ELEMENT + "intermediate_catch[timer]", EVENTS + "timer_in_feel_and_dates"),
    line("消息捕获", "intermediateCatchEvent / message", catch("c", on("message", "M")), "", EVENTS + "message_is_correlated_and_carries_variables"),
    line("没有关联键的消息", "zeebe:subscription missing", catch("c", on("message", "K")), "", REFUSED + "[message without correlation key]"),
    line("信号捕获", "intermediateCatchEvent / signal", catch("c", on("signal", "S")), "", ELEMENT + "intermediate_catch[signal]"),
    line("条件捕获", "intermediateCatchEvent / conditional", catch("c", conditional("x")), "", ELEMENT + "intermediate_catch[conditional]"),
    line("链接", "link throw / catch", throw("t", on("link", name="L")) + catch("c", on("link", name="L")), "", EVENTS + "link_events"),
    line("没有对应的链接", "linkEventDefinition", throw("t", on("link", name="L")), "", REFUSED + "[link without partner]", INVALID + "[link that nobody throws]"),
    line("多事件", "multiple", catch("c", HOUR + on("signal", "S")), "", EVENTS + "multiple_and_parallel_multiple"),
    line("多事件（并行）", "parallelMultiple", node("intermediateCatchEvent", "c", HOUR + on("signal", "S"), parallelMultiple="true"), "", EVENTS + "multiple_and_parallel_multiple"),
    line("普通抛出", "intermediateThrowEvent", throw("t", ""), "", ELEMENT + "throw_and_end[none-throw]"),
    line("消息抛出", "intermediateThrowEvent / message", throw("t", on("message", "M")), "", ELEMENT + "throw_and_end[message-throw]"),
    line("信号抛出", "intermediateThrowEvent / signal", throw("t", on("signal", "S")), "", ELEMENT + "throw_and_end[signal-throw]"),
    line("升级抛出", "intermediateThrowEvent / escalation", throw("t", on("escalation", "Y")), "", ELEMENT + "throw_and_end[escalation-throw]"),
    line("补偿抛出", "intermediateThrowEvent / compensation", throw("t", on("compensate")), "", COMP + "handlers_run_newest_first_then_the_thrower_goes_on"),
    line("错误抛出（中间）", "intermediateThrowEvent / error", throw("t", on("error", "X")), "", REFUSED + "[throw of an error in the middle]"),
)  # fmt: skip

BOUNDARIES = (
    *(line(f"{what}边界", f"boundaryEvent / {kind}", user("a") + boundary("b", "a", inner) + user("x"), "b>x", test) for kind, what, inner, test in (("timer", "定时", HOUR, ELEMENT + "boundary[timer-True]"), ("message", "消息", on("message", "M"), ELEMENT + "boundary[message-True]"), ("signal", "信号", on("signal", "S"), ELEMENT + "boundary[signal-True]"), ("conditional", "条件", conditional("x"), ELEMENT + "boundary[conditional-True]"), ("error", "错误", on("error", "X"), ELEMENT + "boundary[error-True]"), ("escalation", "升级", on("escalation", "Y"), ELEMENT + "boundary[escalation-True]"))),
    line("非中断、循环定时", "cancelActivity=false", user("a") + boundary("b", "a", timer("R3/PT1H", "timeCycle"), interrupting=False) + user("x"), "b>x", EVENTS + "non_interrupting_boundary_cycle"),
    line("补偿边界", "boundaryEvent / compensation", UNDOABLE, "", COMP + "only_what_was_completed_and_only_once"),
    line("取消边界", "boundaryEvent / cancel", sub("a", user("t") + end("x", on("cancel")), "t>x", kind="transaction") + boundary("b", "a", on("cancel")) + user("y"), "b>y", COMP + "cancelled_transaction"),
    line("多实例上的边界", "boundaryEvent on multi-instance", user("a", inner=many("[1]")) + boundary("b", "a", HOUR) + user("x"), "b>x", MI + "boundary_event_ends_the_whole_body"),
    line("非中断的错误边界", "error, cancelActivity=false", user("a") + boundary("b", "a", on("error"), interrupting=False) + user("x"), "b>x", REFUSED + "[non-interrupting error]"),
    line("两个边界捕获同一错误", "two boundaryEvents", service("a") + boundary("b", "a", on("error", "X")) + boundary("c", "a", on("error", "X")) + user("x"), "b>x c>x", INVALID + "[two boundaries for one error]"),
    line("不在活动上的边界", "attachedToRef", catch("c", HOUR) + boundary("b", "c", HOUR) + user("x"), "b>x", INVALID + "[boundary on an event]"),
)  # fmt: skip

ENDS = (
    line("普通结束、几个结束", "endEvent", user("a") + end(), "a>e", FLOW + "straight_line", DIALECT + "[several ends]"),
    line("没有结束事件", "implicit end", user("a"), "", FLOW + "process_without_events"),
    *(line(f"{what}结束", f"endEvent / {kind}", user("a") + end("e", inner), "a>e", test) for kind, what, inner, test in (("message", "消息", on("message", "M"), ELEMENT + "throw_and_end[message-end]"), ("signal", "信号", on("signal", "S"), ELEMENT + "throw_and_end[signal-end]"), ("error", "错误", on("error", "X"), SCOPES + "error_end_event_is_caught_at_the_subprocess"), ("escalation", "升级", on("escalation", "Y"), ELEMENT + "throw_and_end[escalation-end]"), ("compensation", "补偿", on("compensate"), COMP + "one_activity_and_compensate_end_event"), ("terminate", "终止", on("terminate"), FLOW + "terminate_end_event_ends_everything"))),
    line("取消结束", "endEvent / cancel", sub("m", user("a") + end("x", on("cancel")), "a>x", kind="transaction"), "", COMP + "cancelled_transaction"),
    line("事务之外的取消", "endEvent / cancel", user("a") + end("e", on("cancel")), "a>e", REFUSED + "[cancel outside a transaction]"),
)  # fmt: skip

GATEWAYS = (
    line("排他", "exclusiveGateway, default", gateway("exclusive", "g", "g_b") + user("a") + user("b"), "g>a:x g>b", FLOW + "exclusive_takes_first_true", FLOW + "no_branch_is_an_incident"),
    line("并行", "parallelGateway", gateway("parallel", "g") + user("a") + user("b"), "g>a g>b", FLOW + "parallel_split_and_join", FLOW + "excess_tokens_stay_at_a_parallel_join", FLOW + "parallel_join_in_a_loop"),
    line("包容", "inclusiveGateway", gateway("inclusive", "g") + user("a") + user("b"), "g>a:x g>b:y", FLOW + "inclusive_split_and_join", FLOW + "inclusive_join_waits_for_a_token_that_may_still_come"),
    line("复杂（激活条件）", "complexGateway, activationCondition", user("a") + user("b") + gateway("complex", "g", inner="<activationCondition>=activationCount &gt;= 1</activationCondition>"), "a>g b>g", EVENTS + "complex_gateway_discriminator"),
    line("事件", "eventBasedGateway", gateway("eventBased", "g") + catch("c", HOUR) + catch("d", on("signal", "S")), "g>c g>d", EVENTS + "event_based_gateway_takes_the_first"),
    line("启动流程的事件网关", "instantiate", gateway("eventBased", "g", instantiate="true") + catch("c", on("message", "M")) + catch("d", on("message", "N")), "g>c g>d", EVENTS + "event_based_instantiation"),
    line("并行启动的事件网关", 'eventGatewayType="Parallel"', gateway("eventBased", "g", instantiate="true", eventGatewayType="Parallel") + catch("c", on("message", "M")) + catch("d", on("message", "N")), "g>c g>d", RARE + "a_parallel_gateway_opens_an_instance_and_waits_for_the_rest[m-n]"),
    line("与 gatewayDirection 不符的网关", "gatewayDirection", gateway("exclusive", "g", "g_b", gatewayDirection="Converging") + user("a") + user("b"), "g>a:x g>b", DRAWING + "refused[converging gateway that splits]", DRAWING + "refused[mixed gateway that only splits]"),
    line("事件网关之后不是捕获", "eventBasedGateway", gateway("eventBased", "g") + catch("c", HOUR) + user("a"), "g>c g>a", REFUSED + "[event gateway before a task]"),
    line("隐式分支、条件连线", "conditional and default flows of activities", user("a", default="a_c") + user("b") + user("c"), "a>b:x a>c", FLOW + "uncontrolled_flow_out_of_a_task_with_conditions"),
    line("隐式汇合", "uncontrolled merge", user("a") + user("b") + user("c"), "a>c b>c", FLOW + "implicit_merge_runs_a_task_for_each_token"),
    line("条件写在不看条件的节点之后", "conditionExpression", gateway("parallel", "g") + user("a") + user("b"), "g>a:x g>b", REFUSED + "[condition at a parallel gateway]", INVALID + "[condition after an event]"),
    line("不是本节点连线的默认分支", "default", gateway("exclusive", "g", "zz") + user("a") + user("b"), "g>a:x g>b:y", INVALID + "[default of another node]"),
    line("其他语言的条件", "conditionExpression language", "", "", INVALID + "[expression in another language]", xml=bpmn(gateway("exclusive", "g", "g_b") + user("a") + user("b"), "g>a:x g>b").replace("<conditionExpression>", '<conditionExpression language="groovy">')),
)  # fmt: skip

TIMERS = (
    line("时长", "timeDuration", catch("c", timer("P1DT2H")), "", EVENTS + "intermediate_timer"),
    line("日期", "timeDate", catch("c", timer("2026-09-01T08:00:00+08:00", "timeDate")), "", EVENTS + "timer_in_feel_and_dates"),
    line("循环、cron", "timeCycle", user("a") + boundary("b", "a", timer("0 0 9 * * MON-FRI", "timeCycle"), interrupting=False) + user("x"), "b>x", EVENTS + "non_interrupting_boundary_cycle", EVENTS + "next_timer_of_a_start_event"),
    line("FEEL、工作日", "=working days after(…)", catch("c", timer('=duration("PT1H")')), "", EVENTS + "timer_in_feel_and_dates", note="日历变动后重新计算"),
    line("写错的定时", "timerEventDefinition", catch("c", timer("soon")), "", REFUSED + "[timer with nonsense]"),
)  # fmt: skip

STRUCTURE = (
    line("放错位置的元素", "element-place", user("a", inner=HOUR), "", INVALID + "[event of a task]", "test_invalid.py::test_files_refused[task outside of any process]"),
    line("数据对象、数据存储", "dataObject(Reference), dataStoreReference", user("a") + '<dataObject id="d" /><dataObjectReference id="r" name="申请表" dataObjectRef="d" /><dataStoreReference id="t" name="台账" />', "", ELEMENT + "data_that_is_drawn_is_a_variable_of_that_name", note="按名称即同名变量", ornament=True),
    line("数据关联", "dataInput/OutputAssociation", user("a", inner='<property id="pr" /><dataInputAssociation id="i"><targetRef>pr</targetRef></dataInputAssociation>'), "", DIALECT + "[data associations]", note="变量本就可见", ornament=True),
    line("带转换、赋值的数据关联", "transformation, assignment", user("a", inner="<dataInputAssociation><transformation>1</transformation></dataInputAssociation>"), "", REFUSED + "[data association that computes]"),
    line("泳道（可嵌套）", "laneSet, lane, childLaneSet", '<laneSet id="ls"><lane id="l"><flowNodeRef>a</flowNodeRef></lane></laneSet>' + user("a"), "", SCOPES + "lanes_are_inherited_through_subprocess_and_call", DIALECT + "[lanes within lanes]"),
    line("池、黑盒池、消息流", "collaboration, participant, messageFlow", "", "", DIALECT + "[collaboration with black boxes]", xml=HEAD + '<collaboration id="c"><participant id="p1" /><participant id="p2" processRef="p" /><messageFlow id="f" sourceRef="p1" targetRef="a" /></collaboration>' + process(user("a")) + "</definitions>", ornament=True),
    line("画错的消息流、池", "messageFlow, participantMultiplicity", "", "", DRAWING + "files_refused[message into an end]", DRAWING + "files_refused[message into a gateway]", DRAWING + "files_refused[pool of more at least than at most]", xml=HEAD + '<collaboration id="c"><participant id="p1" /><participant id="p2" processRef="p" /><messageFlow id="mf" sourceRef="p1" targetRef="e" /></collaboration>' + process(user("a") + end()) + "</definitions>"),
    line("画错的数据输入、输出", "ioSpecification, dataInput, dataOutput", user("a", inner='<ioSpecification><dataInput id="di" /></ioSpecification>'), "", DRAWING + "refused[specification without sets]", DRAWING + "refused[start event that takes data]"),
    line("缺少必须有的属性", "XML Schema use=required", user("a") + '<association id="as" sourceRef="a" />', "", DRAWING + "refused[association with one end]", DRAWING + "files_refused[no target namespace]"),
    line("跨池或跨子流程的连线", "sequenceFlow", sub("m", user("a")) + user("b"), "b>a", INVALID + "[flow into a subprocess]", "test_invalid.py::test_files_refused[sequence flow between pools]"),
    line("注释、分组、类别、文档", "textAnnotation, group, category, documentation", user("a") + '<textAnnotation id="t"><text>x</text></textAnnotation><group id="g" />', "", DIALECT + "[ornaments]", ornament=True),
    line("编号重复", "id", user("a") + service("a"), "", INVALID + "[two nodes of one id]"),
    line("指向不存在的元素", "…Ref", service("a") + boundary("b", "a", on("error", "zz")) + user("x"), "b>x", INVALID + "[error that there is not]", "test_invalid.py::test_files_refused[message flow to nothing]"),
    line("没有注明可否执行", "isExecutable", "", "", DIALECT + "[not marked executable]", xml=bpmn(user("a")).replace(' isExecutable="true"', ""), note="按可执行处理"),
    line("注明不可执行", 'isExecutable="false"', "", "", "test_invalid.py::test_files_refused[all marked as not executable]", xml=bpmn(user("a")).replace('"true"', '"false"')),
    line("编排、会话", "choreographyTask, callConversation", node("choreographyTask", "a"), "", REFUSED + "[choreography]"),
    line("拼错的属性", "(unknown attribute)", user("a", isForCompensatoin="true"), "", "test_lint_metamodel.py::test_misspelt_attributes_are_told_with_the_nearest"),
)  # fmt: skip

CAMUNDA = (
    line("表单", "zeebe:formDefinition formId", user("a", '<zeebe:formDefinition formId="f" />'), "", ELEMENT + "settings_of_a_user_task"),
    line("版本绑定 latest", "bindingType=latest", user("a", '<zeebe:formDefinition formId="f" bindingType="latest" />'), "", "service/publishing/test_bindings.py::test_latest_is_what_holds_when_the_case_starts"),
    line("版本绑定 deployment", "bindingType=deployment", user("a", '<zeebe:formDefinition formId="f" bindingType="deployment" />'), "", "service/publishing/test_bindings.py::test_deployment_is_what_came_along"),
    line("版本绑定 versionTag", "bindingType=versionTag", user("a", '<zeebe:formDefinition formId="f" bindingType="versionTag" versionTag="v1" />'), "", "service/publishing/test_bindings.py::test_version_tag_is_the_newest_with_that_tag"),
    line("开始表单的版本绑定", "startEvent / zeebe:formDefinition bindingType", start("s3", ext('<zeebe:formDefinition formId="f" bindingType="deployment" />')), "", "service/publishing/test_bindings.py::test_a_start_form_bound_by_deployment_makes_a_new_version_with_it"),
    line("其他版本绑定", "bindingType=…", user("a", '<zeebe:formDefinition formId="f" bindingType="newest" />'), "", REFUSED + "[version binding]"),
    line("内嵌表单、外部表单", "formKey, externalReference", user("a", '<zeebe:formDefinition formKey="camunda-forms:bpmn:f" />'), "", REFUSED + "[embedded form]"),
    line("办理人、候选人、候选组", "zeebe:assignmentDefinition", user("a", '<zeebe:assignmentDefinition assignee="x" candidateGroups="g" />'), "", ELEMENT + "settings_of_a_user_task"),
    line("期限、优先级", "zeebe:taskSchedule, priorityDefinition", user("a", '<zeebe:taskSchedule dueDate="2026-09-30" /><zeebe:priorityDefinition priority="80" />'), "", ELEMENT + "settings_of_a_user_task"),
    line("作业类型、重试、任务头", "zeebe:taskDefinition, taskHeaders", service("a"), "", FLOW + "job_carries_type_headers_and_retries"),
    line("抛出事件的作业", "zeebe:taskDefinition on events", end("e", ext('<zeebe:taskDefinition type="t" />') + on("message")), "", ELEMENT + "a_message_event_may_be_a_job[end]"),
    line("输入、输出映射", "zeebe:ioMapping", user("a", io(in_x="=1", out_y="=x")), "", SCOPES + "output_mappings_hand_out_only_what_they_name", SCOPES + "nested_targets_are_merged_into_what_is_there"),
    line("FEEL 脚本", "zeebe:script", script("a", "1"), "", SCOPES + "a_script_that_fails_can_be_caught"),
    line("决策", "zeebe:calledDecision", node("businessRuleTask", "a", ext('<zeebe:calledDecision decisionId="d" resultVariable="r" />')), "", SCOPES + "a_missing_decision_can_be_caught"),
    line("被调用流程、变量传递", "zeebe:calledElement", call("c", "q", options='propagateAllChildVariables="false"'), "", SCOPES + "call_activity_can_keep_variables_apart", ELEMENT + "version_tag_and_called_process_by_expression"),
    line("多实例集合、输出集合", "zeebe:loopCharacteristics", user("a", inner=many("[1]", results="out", element="x")), "", MI + "parallel_user_tasks_gather_their_results_in_order"),
    line("消息关联键", "zeebe:subscription", catch("c", on("message", "M")), "", EVENTS + "message_is_correlated_and_carries_variables"),
    line("属性、版本标签", "zeebe:properties, versionTag", user("a", '<zeebe:properties><zeebe:property name="banshi:decision" value="true" /></zeebe:properties>'), "", ELEMENT + "settings_of_a_user_task", ELEMENT + "version_tag_and_called_process_by_expression"),
    line("条件的变量过滤", "zeebe:conditionalFilter", catch("c", on("conditional", inner=ext('<zeebe:conditionalFilter variableNames="x" />') + "<condition>=x</condition>")), "", ELEMENT + "a_conditional_filter_looks_only_at_the_variables_it_names"),
    line("即席启用元素", "zeebe:adHoc activeElementsCollection", sub("m", user("a"), extensions='<zeebe:adHoc activeElementsCollection="=[]" />', kind="adHocSubProcess"), "", ELEMENT + "an_ad_hoc_subprocess_begins_with_what_the_collection_names"),
    line("执行监听器 start", "zeebe:executionListener start", user("a", _listening("execution", "start")), "", LISTEN + "start_listeners_come_in_order_after_inputs_and_give_local_variables", LISTEN + "listeners_of_the_process"),
    line("执行监听器 end", "zeebe:executionListener end", user("a", _listening("execution", "end")), "", LISTEN + "end_listeners_come_after_outputs_and_give_to_the_scope_around"),
    line("任务监听器 creating", "zeebe:taskListener creating", user("a", _listening("task", "creating")), "", LISTEN + "creating_listeners_see_and_correct_the_task_before_it_is_shown"),
    line("任务监听器 completing", "zeebe:taskListener completing", user("a", _listening("task", "completing")), "", LISTEN + "completing_listeners_agree_or_deny"),
    line("任务监听器 assigning", "zeebe:taskListener assigning", user("a", _listening("task", "assigning")), "", TASK_LISTEN + "assigning_listeners_are_asked_in_order_and_see_what_it_comes_to", TASK_LISTEN + "the_assignee_of_the_diagram_is_asked_about_before_the_task_opens", TASK_LISTEN + "denied_the_task_opens_without_the_assignee", note="签收、退签、转办、委派、归还、收回、交接和图上指定的办理人；多席位任务签收席位也算。加签、减签、回避退出、到期上报和按泳道分配不算。"),
    line("任务监听器 updating", "zeebe:taskListener updating", user("a", _listening("task", "updating")), "", TASK_LISTEN + "what_is_denied_leaves_the_task_and_can_be_asked_for_again", note="期限、优先级、候选人的调整；改写变量不算。"),
    line("任务监听器 canceling", "zeebe:taskListener canceling", user("a", _listening("task", "canceling")), "", CANCEL_LISTEN + "whatever_takes_a_task_away_waits_and_then_does_it", CANCEL_LISTEN + "meanwhile_the_case_does_nothing_else_but_can_be_ended", note="凡取消任务的（边界事件、退回、撤销、终止等）都等它完成；其间此事项不作其他办理，只能终止。人工修改位置不算，不能更正。"),
    line("监听器的更正与拒绝", "zeebe:taskListener corrections, denied", user("a", _listening("task", "completing")), "", TASK_LISTEN + "completing_listeners_correct_the_completed_task", TASK_LISTEN + "corrections_are_dropped_with_what_is_denied"),
    line("放错地方的扩展", "zeebe:… on another element", user("a", '<zeebe:taskDefinition type="t" />'), "", INVALID + "[job on a user task]"),
    line("不认识的 zeebe 扩展", "zeebe:…", user("a", "<zeebe:strange />"), "", REFUSED + "[unknown zeebe extension]"),
    line("Camunda 7 的扩展", "camunda:…", user("a", '<c7:inputOutput xmlns:c7="http://camunda.org/schema/1.0/bpmn" />'), "", REFUSED + "[Camunda 7 extension]", "test_invalid.py::test_files_refused[attribute of Camunda 7]"),
    line("其他厂商的扩展", "signavio:, flowable:, …", start("s", ext('<v:x xmlns:v="http://www.signavio.com" />')) + user("a"), "s>a", DIALECT + "[foreign vendors]"),
    line("属性名拼错", "banshi:…", user("a", '<zeebe:properties><zeebe:property name="banshi:deadlin" value="5" /></zeebe:properties>'), "", "test_lint_properties.py::test_unknown_names_are_told_with_the_nearest"),
)  # fmt: skip

SECTIONS: dict[str, tuple[Line, ...]] = {
    "活动": ACTIVITIES,
    "启动事件与事件子流程": STARTS,
    "中间事件": INTERMEDIATE,
    "边界事件": BOUNDARIES,
    "结束事件": ENDS,
    "网关与连线": GATEWAYS,
    "定时": TIMERS,
    "结构与数据": STRUCTURE,
    "Camunda 8 扩展": CAMUNDA,
}

#: Patterns that have no diagram: name, and what serves instead.
PATTERN_NOTES = {
    15: ("Multiple Instances without a Priori Run-Time Knowledge", "BPMN 的多实例只取一次数目；要追加时用即席子流程，或由管理员激活"),
    18: ("Milestone", "BPMN 没有“状态”这个概念；用变量上的条件事件代替"),
    22: ("Recursion", "执行：调用自己的调用活动（`test_patterns.py::test_recursion`）"),
    24: ("Persistent Trigger", "执行：消息由服务保留到有人等待（`tests/service/exchange/test_messages.py`）"),
    29: ("Cancelling Discriminator", "执行：分支放进子流程，由终止结束事件结束（见 25）"),
    31: ("Blocking Partial Join", "执行：同 28，数目更大"),
    32: ("Cancelling Partial Join", "执行：同 29，数目更大"),
    35: ("Cancelling Partial Join for Multiple Instances", "执行：同 34，其余即被取消"),
    36: ("Dynamic Partial Join for Multiple Instances", "同 15"),
}  # fmt: skip
