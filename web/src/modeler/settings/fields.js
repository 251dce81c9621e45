// What a bureau sets on lanes, user tasks and processes beyond BPMN (zeebe:properties named
// banshi:…), in the words of its staff. `when` tells which fields make sense together.
import { t } from '../../shared/text.js';
import { readProperty } from './properties.js';

const LEVELS = [
  [ 'village', t('村（社区）') ], [ 'street', t('乡镇（街道）') ], [ 'county', t('县（市、区）') ], [ 'city', t('市') ]
];

const options = (pairs, empty) => [ ...empty === undefined ? [] : [ { value: '', label: empty } ], ...pairs.map(([ value, label ]) => ({ value, label })) ];

const roleField = (choices, empty) => choices.roles.length
  ? { name: 'banshi:role', kind: 'select', label: t('办理角色'), options: [ ...empty === undefined ? [] : [ { value: '', label: empty } ], ...choices.roles ] }
  : { name: 'banshi:role', kind: 'text', label: t('办理角色'), description: t('角色代号，例如 county-reviewer') };

const KINDS = /^\s*(all|(identity|bank|phone|address|personal|special)(\s*[;,]\s*(identity|bank|phone|address|personal|special))*)\s*$/;
const privacy = label => ({ name: 'banshi:privacy', kind: 'text', label,
  description: t('identity 证件号码、bank 银行账号、phone 联系方式、personal 其他敏感信息、special 特殊敏感信息，用英文分号分隔；all 为全部。不填则隐去。'),
  validate: value => (!value || KINDS.test(value) ? null : t('请填所列的英文代号')) });
const period = { validate: value => (!value || /^(permanent|P(?=\d)(\d+Y)?(\d+M)?(\d+D)?)$/.test(value) ? null : t('请填 P10Y 这样的期限，或 permanent')) };

const number = { validate: value => (!value || /^\d+$/.test(value) || value.startsWith('=') ? null : t('请填整数，或以 = 开头的表达式')) };

/** The groups of a lane: who acts in it. */
export function laneGroups(choices) {
  const isRole = element => (readProperty(element, 'banshi:kind') || 'role') === 'role';
  return [ {
    id: 'Banshi__Lane', label: t('泳道由谁办理'), open: true, fields: [
      { name: 'banshi:kind', kind: 'select', label: t('类型'), fallback: 'role', options: options([
        [ 'role', t('某一级的某个角色') ], [ 'applicant', t('申请人本人') ], [ 'external', t('外部人员（在事项里指定，如专家）') ] ]) },
      { ...roleField(choices, t('请选择')), when: isRole },
      { name: 'banshi:level', kind: 'select', label: t('层级'), options: options(LEVELS, t('请选择')), when: isRole,
        description: t('办理时按事项所属单位向上找到这一级的单位；找不到会转为待处理的异常。') },
      privacy(t('办理时需要的个人信息'))
    ]
  } ];
}

const UNITS = [ [ 'working-day', t('工作日') ], [ 'natural-day', t('自然日') ], [ 'month', t('月') ], [ 'year', t('年') ] ];
const EXPIRY = [ [ 'fail', t('视为不同意') ], [ 'extend', t('延长期限') ], [ 'escalate', t('上报') ] ];
const STOPS = [
  [ 'supplement', t('中止：补正') ], [ 'announcement', t('中止：公告') ], [ 'inspection', t('中止：检测检验') ],
  [ 'expert', t('中止：专家评审') ], [ 'other', t('中止：其他') ]
];

const whole = { validate: value => (!value || /^[1-9]\d?$/.test(value) ? null : t('请填 1 到 36 的整数')) };
const timed = element => Boolean(readProperty(element, 'banshi:deadline'));
const extends_ = element => timed(element) && readProperty(element, 'banshi:onExpiry') === 'extend';

/** The groups of a node other than a user task on which a token can stay: a timer, a wait. */
export function waitGroups(isTimer, stays) {
  return [ { id: 'Banshi__Clock', label: t('期限与计时'), fields: [
    { name: 'banshi:statutory', kind: 'checkbox', label: t('法定期限：随中止计时顺延'), when: isTimer },
    { name: 'banshi:stopsClock', kind: 'select', label: t('停留期间中止计时'), options: options(STOPS, t('期限照常计算')), when: stays }
  ] } ];
}

/** The groups of a user task. */
export function taskGroups(choices) {
  const rule = element => readProperty(element, 'banshi:completionRule');
  const oneOf = (...rules) => element => rules.includes(rule(element));
  return [
    { id: 'Banshi__Handler', label: t('办理人'), fields: [
      { ...roleField(choices, t('按所在泳道')), description: t('一般不填，按泳道派发；要与泳道不同时才填。') },
      { name: 'banshi:level', kind: 'select', label: t('层级'), options: options(LEVELS, t('按所在泳道')) },
      { name: 'banshi:separation', kind: 'text', label: t('不相容岗位组'), description: t('同一组里的环节，同一个人只能办一个。例如初审和复核都填 meal。') },
      { name: 'banshi:copyTo', kind: 'text', label: t('抄送'), description: t('办结后抄送的角色或人员，用英文逗号分隔，例如 section-chief,leader') },
      privacy(t('办理时需要的个人信息'))
    ] },
    { id: 'Banshi__Completion', label: t('多人办理'), fields: [
      { name: 'banshi:completionRule', kind: 'select', label: t('完成规则'), options: options([
        [ 'any', t('或签：一人同意即通过') ], [ 'all', t('会签：全部同意才通过') ], [ 'ratio', t('票签：同意达到比例通过') ],
        [ 'sequential', t('依次审批：按顺序逐个同意') ], [ 'weighted', t('权重票签：同意的权重达到数值通过') ] ], t('一人办理')) },
      { name: 'banshi:threshold', kind: 'text', label: t('通过门槛'), when: oneOf('ratio', 'weighted'),
        description: t('票签填比例（0.5 表示一半以上，或 2/3），权重票签填权重之和。') },
      { name: 'banshi:quorum', kind: 'text', label: t('有效人数'), when: oneOf('ratio', 'weighted', 'all'),
        description: t('至少多少人表态才有效：人数（如 5）或比例（如 2/3）。') },
      { name: 'banshi:veto', kind: 'checkbox', label: t('一票否决：有一人不同意即不通过'), when: oneOf('any', 'ratio', 'weighted') }
    ] },
    { id: 'Banshi__Deadline', label: t('办理期限'), fields: [
      { name: 'banshi:deadline', kind: 'text', label: t('期限'), ...number, description: t('收到后第二天起算。数字，或以 = 开头的表达式（如 =policy.reviewDays）。') },
      { name: 'banshi:deadlineUnit', kind: 'select', label: t('单位'), fallback: '', options: options(UNITS, t('请选择')), when: timed },
      { name: 'banshi:remindBefore', kind: 'text', label: t('提前几个工作日提醒'), ...number, when: timed },
      { name: 'banshi:escalateTo', kind: 'text', label: t('超期上报给'), description: t('角色代号，例如 section-chief；报给本单位或上级单位的这个岗位。'),
        when: timed },
      { name: 'banshi:onExpiry', kind: 'select', label: t('到期怎么办'), options: options(EXPIRY, t('不处理，只显示超期')), when: timed,
        description: t('从不视为同意。') },
      { name: 'banshi:extendBy', kind: 'text', label: t('延长多少'), ...whole, when: extends_ },
      { name: 'banshi:extendUnit', kind: 'select', label: t('延长的单位'), options: options(UNITS, t('与期限相同')), when: extends_ },
      { name: 'banshi:extensions', kind: 'text', label: t('最多延长几次'), ...whole, description: t('不填就是一次。'), when: extends_ },
      { name: 'banshi:afterExtensions', kind: 'select', label: t('延长用完后'), options: options(EXPIRY.filter(([ value ]) => value !== 'extend'), t('不处理，只显示超期')), when: extends_ },
      { name: 'banshi:stopsClock', kind: 'select', label: t('办理期间中止计时'), options: options(STOPS, t('期限照常计算')),
        description: t('停在这一步时，整个事项的法定期限和其他环节的期限不计；离开后继续计算剩余的期限。') }
    ] },
    { id: 'Banshi__Automation', label: t('自动去重'), fields: [
      { name: 'banshi:deduplicate', kind: 'select', label: t('同一人连续同意'), options: options([
        [ 'consecutive', t('沿用前一环节的意见') ], [ 'never', t('不沿用') ] ], t('按流程的设定')),
      description: t('须由管理员在“自动规则”中打开。退回、改过数据、有人回避或由他人代办后从不沿用。') }
    ] },
    { id: 'Banshi__Outcome', label: t('结论'), fields: [
      { name: 'banshi:outcome', kind: 'text', label: t('表单里哪个字段是结论'), description: t('不填就是 outcome。') },
      { name: 'banshi:signature', kind: 'select', label: t('签名'), options: options([ [ 'required', t('必须签名') ], [ 'optional', t('可以签名') ] ], t('不用签名')),
        description: t('手写签名，或输入本人姓名确认；签名与提交的内容绑定。') },
      { name: 'banshi:letter', kind: 'text', label: t('办结时出具文书'), description: t('文书模板的编号；或以 = 开头的表达式，值为 null 时不出具。') }
    ] }
  ];
}

/** The groups of a process. */
export function processGroups(choices) {
  const roles = choices.roles.length
    ? [ { name: 'banshi:starters', kind: 'roles', label: t('谁可以申请'), options: [ { value: '*', label: t('所有登录的人') }, ...choices.roles ] } ]
    : [ { name: 'banshi:starters', kind: 'text', label: t('谁可以申请'), description: t('角色代号，用英文逗号分隔；* 表示所有登录的人；不填则只有管理员能发起。') } ];
  return [ {
    id: 'Banshi__Service', label: t('事项信息'), open: true, fields: [
      { name: 'banshi:summary', kind: 'area', label: t('一句话说明'), description: t('显示在办事大厅。') },
      { name: 'banshi:duration', kind: 'text', label: t('办理时限说明'), description: t('例如：受理后约 30 个工作日（含公示期）') },
      { name: 'banshi:materials', kind: 'lines', label: t('需要的材料'), description: t('每行一项。') },
      ...roles,
      { name: 'banshi:series', kind: 'text', label: t('编号字头'), description: t('大写字母，例如 CT；编号形如 CT-2026-0001，每年连续编号。'),
        validate: value => (!value || /^[A-Z]{1,6}$/.test(value) ? null : t('请用 1 到 6 个大写字母')) },
      { name: 'banshi:title', kind: 'feel', label: t('事项标题'), description: t('列表里显示的标题，可用表单里的字段，例如 orgName + "：" + projectName') },
      { name: 'banshi:unit', kind: 'feel', label: t('所属单位'), description: t('不填就是申请人所在单位。按申请内容定时填表达式，结果是单位代号。') },
      { name: 'banshi:searchable', kind: 'text', label: t('可检索的内容'), description: t('申请内容中的字段名，用分号分隔；待办和查询页可按其内容查找。证件、电话等个人信息不会列入。') }
    ]
  }, {
    id: 'Banshi__Period', label: t('法定办理期限'), fields: [
      { name: 'banshi:statutoryPeriod', kind: 'text', label: t('整个事项的期限'), description: t('数字。提交的第二天起算，中止计时的日子不计。'),
        validate: value => (!value || /^\d{1,4}\s*(个?工作日|个?自然日|日|天|个?月|年)?(顺延)?$/.test(value) ? null : t('请填整数')) },
      { name: 'banshi:statutoryUnit', kind: 'select', label: t('单位'), options: options(UNITS, t('工作日')), when: element => Boolean(readProperty(element, 'banshi:statutoryPeriod')) },
      { name: 'banshi:deduplicate', kind: 'select', label: t('同一人连续同意'), options: options([ [ 'consecutive', t('沿用前一环节的意见') ] ], t('不沿用')),
        description: t('须由管理员在“自动规则”中打开；作出决定、需要签名或不同人员办理的环节从不沿用。') }
    ]
  }, {
    id: 'Banshi__Retention', label: t('保管期限'), fields: [
      { name: 'banshi:retention', kind: 'text', label: t('整件事项'), ...period, description: t('从办结起算：P10Y 为 10 年，P18M 为 18 个月，permanent 为永久；不填按全局设定。到期后须两人核对、批准才销毁。') },
      { name: 'banshi:personalRetention', kind: 'text', label: t('其中的个人信息'), ...period, description: t('到期先销毁个人信息，保留编号和办理记录的摘要；不填与整件事项相同。') }
    ]
  } ];
}
