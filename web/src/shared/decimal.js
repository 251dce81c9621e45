// Exact sums of decimal texts. Amounts are never floats, not even on the page.

const SCALE = 8;

/** A decimal text such as "1,234.50" as a BigInt scaled by 10^8; null when it is none. */
export function parseDecimal(text) {
  const match = String(text).trim().replace(/[,，\s]/g, '').match(/^([+-]?)(\d{1,18})(?:\.(\d{0,8})0*)?$/);
  if (!match) return null;
  const [ , sign, whole, fraction = '' ] = match;
  const value = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign === '-' ? -value : value;
}

/** The scaled value as text with at least `places` decimals and no superfluous ones beyond. */
export function formatDecimal(value, places = 2) {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(SCALE + 1, '0');
  const whole = digits.slice(0, -SCALE).replace(/\B(?=(\d{3})+$)/g, ',');
  let fraction = digits.slice(-SCALE).replace(/0+$/, '');
  fraction = fraction.padEnd(places, '0');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const SMALL = [ '', '拾', '佰', '仟' ];
const LARGE = [ '', '万', '亿', '兆' ];

/** The amount in capital Chinese numerals (支付结算办法 附一), e.g. 壹万贰仟元整; '' out of range. */
export function capitalAmount(value) {
  const cents = value / 10n ** BigInt(SCALE - 2);
  if (value < 0n || cents >= 10n ** 18n) return '';
  const yuan = cents / 100n;
  const jiao = Number((cents / 10n) % 10n);
  const fen = Number(cents % 10n);
  const parts = [];
  if (yuan > 0n) parts.push(`${integerInCapitals(yuan)}元`);
  if (jiao === 0 && fen === 0) return `${parts.join('') || '零元'}整`;
  if (jiao > 0) parts.push(`${DIGITS[jiao]}角`);
  else if (yuan > 0n) parts.push('零');
  parts.push(fen > 0 ? `${DIGITS[fen]}分` : '整');
  return parts.join('');
}

function integerInCapitals(number) {
  const digits = number.toString();
  let text = '';
  let zero = false;
  let group = false;
  for (let i = 0; i < digits.length; i++) {
    const place = digits.length - 1 - i;
    const digit = Number(digits[i]);
    if (digit === 0) {
      zero = true;
    } else {
      text += `${zero && text ? '零' : ''}${DIGITS[digit]}${SMALL[place % 4]}`;
      zero = false;
      group = true;
    }
    if (place % 4 === 0) {
      if (group) text += LARGE[place / 4];
      group = false;
    }
  }
  return text;
}
