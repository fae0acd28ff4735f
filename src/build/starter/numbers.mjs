// Numbers written out in words, for the sample text.
const UNDER_TWENTY = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const HAN = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** A number from 0 to 99 in English words. @param {number} n */
export function englishNumber(n) {
  const ten = TENS[Math.floor(n / 10)];
  if (n < 20) return `${UNDER_TWENTY[n]}`;
  return n % 10 ? `${ten}-${UNDER_TWENTY[n % 10]}` : `${ten}`;
}

/** A number from 0 to 99 in Chinese characters. @param {number} n */
export function chineseNumber(n) {
  if (n < 10) return HAN[n];
  const tens = Math.floor(n / 10);
  return `${tens === 1 ? '' : HAN[tens]}十${n % 10 ? HAN[n % 10] : ''}`;
}
