// A group of the panel for what the server checks beyond form-js (properties banshi:…): kind of
// value, personal-data class, rule with its message. Drawn with the preact of form-js.
import { jsx, jsxs } from 'preact/jsx-runtime';

import { t } from '../shared/text.js';

const TEXT_TYPES = [
  [ '', t('不限') ], [ 'resident-id', t('居民身份证号') ], [ 'uscc', t('统一社会信用代码') ], [ 'civil-uscc', t('社会组织信用代码（51、52、53 开头）') ],
  [ 'mobile', t('手机号') ], [ 'phone', t('手机或座机') ], [ 'bank-card', t('银行卡号') ], [ 'bank-account', t('单位银行账号') ],
  [ 'person-name', t('姓名') ], [ 'address', t('地址') ], [ 'postcode', t('邮政编码') ], [ 'school-year', t('学年') ], [ 'email', t('电子邮箱') ]
];
const PRIVACY = [
  [ '', t('公开（L1）') ], [ 'L2', t('内部：电话、地址（L2）') ], [ 'L3', t('敏感：身份证、银行账户、收入（L3）') ], [ 'L4', t('高度敏感：未成年人、病历、残疾（L4）') ]
];
const SEVERITY = [ [ '', t('错误：不改不能提交') ], [ 'warning', t('提醒：可以提交') ] ];

const FIELDS = [ 'textfield', 'textarea', 'number', 'datetime', 'checkbox', 'checklist', 'radio', 'select', 'taglist', 'filepicker' ];
const CONTAINERS = [ 'group', 'dynamiclist' ];
const yes = [ [ '', t('否') ], [ 'yes', t('是') ] ];

/** What can be set on a component of the type, as engine/forms/properties.py allows it. */
function entriesFor(type) {
  const all = [ ...FIELDS, ...CONTAINERS ];
  return [
    { name: 'type', label: t('内容类型'), options: TEXT_TYPES, types: [ 'textfield' ] },
    { name: 'type', label: t('内容类型'), options: [ [ '', t('数字') ], [ 'money', t('金额（元，两位小数）') ] ], types: [ 'number', 'expression' ] },
    { name: 'capitals', label: t('显示大写金额'), options: yes, types: [ 'number' ] },
    { name: 'total', label: t('在列表下面显示合计'), options: yes, types: [ 'number' ] },
    { name: 'sumEquals', label: t('合计应等于哪个字段'), hint: t('填变量名，例如 requestedAmount'), types: [ 'number' ] },
    { name: 'mustEqual', label: t('应与哪个字段一致'), hint: t('填变量名，例如 orgName'), types: FIELDS },
    { name: 'privacy', label: t('个人信息级别'), options: PRIVACY, types: [ ...all, 'expression' ] },
    { name: 'min', label: t('最早'), hint: t('表达式，例如 =today'), types: [ 'datetime' ] },
    { name: 'max', label: t('最晚'), hint: t('表达式，例如 =today'), types: [ 'datetime' ] },
    { name: 'maxFiles', label: t('最多几个文件'), types: [ 'filepicker' ] },
    { name: 'maxSize', label: t('每个文件最大'), hint: t('例如 10 MB'), types: [ 'filepicker' ] },
    { name: 'minRows', label: t('最少几行'), types: [ 'dynamiclist' ] },
    { name: 'maxRows', label: t('最多几行'), types: [ 'dynamiclist' ] },
    { name: 'validate', label: t('校验规则'), hint: t('表达式，成立才算对，例如 =endsOn > startsOn'), area: true, types: all },
    { name: 'message', label: t('不对时的提示'), hint: t('说清哪里不对、怎么改'), types: all },
    { name: 'severity', label: t('不对时'), options: SEVERITY, types: all }
  ].filter(entry => entry.types.includes(type));
}

function Entry({ field, editField, rule, id }) {
  const name = `banshi:${rule.name}`;
  const value = field.properties?.[name] ?? '';
  const set = given => {
    const { [name]: before, ...rest } = field.properties ?? {};
    if ((before ?? '') === given) return;
    editField(field, 'properties', given ? { ...rest, [name]: given } : rest);
  };
  const onChange = event => set(event.target.value.trim());
  const known = rule.options?.some(([ option ]) => option === value) ?? true;
  const control = rule.options
    ? jsxs('select', { id, class: 'bio-properties-panel-input', value, onChange, children: [
      ...rule.options.map(([ option, label ]) => jsx('option', { value: option, selected: option === value, children: label }, option)),
      known ? null : jsx('option', { value, selected: true, children: value }, value)
    ] })
    : rule.area
      ? jsx('textarea', { id, class: 'bio-properties-panel-input', rows: 2, value, onChange })
      : jsx('input', { id, type: 'text', class: 'bio-properties-panel-input', value, onChange });
  return jsxs('div', { class: 'bio-properties-panel-entry', 'data-entry-id': id, children: [
    jsx('label', { for: id, class: 'bio-properties-panel-label', children: rule.label }),
    control,
    rule.hint ? jsx('div', { class: 'bio-properties-panel-description', children: rule.hint }) : null
  ] });
}

class RulesProvider {
  constructor(propertiesPanel) {
    propertiesPanel.registerProvider(this, 500);
  }

  getGroups(field, editField) {
    return groups => {
      const entries = field ? entriesFor(field.type) : [];
      if (!entries.length) return groups;
      const group = {
        id: 'banshi-rules', label: t('民政规则'),
        entries: entries.map(rule => ({
          id: `banshi-${rule.name}`, component: Entry, field, editField, rule, isEdited: node => Boolean(node?.value)
        }))
      };
      const at = groups.findIndex(one => one.id === 'general') + 1;
      return [ ...groups.slice(0, at), group, ...groups.slice(at).map(withoutOurs) ];
    };
  }
}
RulesProvider.$inject = [ 'propertiesPanel' ];

// Ours are edited in one place only; the raw list keeps all others.
function withoutOurs(group) {
  if (group.id !== 'custom-values' || !group.items) return group;
  return { ...group, items: group.items.filter(item => !String(item.label).startsWith('banshi:')) };
}

/** The module for the form editor. */
export const rulesModule = { __init__: [ 'banshiRules' ], banshiRules: [ 'type', RulesProvider ] };
