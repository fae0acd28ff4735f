// Texts with personal data planted at known places, and texts that only look like it: drawn from a seed, given to nobody.
// Made for the figures of findQuality.ts; the forms are wider than what the finders were written for.
import { stream, type RandomStream } from '../../../../src/base/numbers/rng';
import type { PersonalKind } from '../../../../src/data/clean/personal/finder';
import GOLDEN from '../../../fixtures/goldens/personalNumbers.json';

export interface Planted {
  text: string;
  spans: { kind: PersonalKind; start: number; end: number }[];
}

type Draw = (r: RandomStream) => string;

const pick = <T>(r: RandomStream, of: readonly T[]): T => of[r.below(of.length)]!;
const digits = (r: RandomStream, n: number): string => Array.from({ length: n }, () => r.below(10)).join('');
const first = (r: RandomStream, n: number): string => `${1 + r.below(9)}${digits(r, n - 1)}`;
const hex = (r: RandomStream, n: number): string => Array.from({ length: n }, () => r.below(16).toString(16)).join('');
/** `#` is a digit, `N` one from 2 to 9. */
const shaped = (r: RandomStream, shape: string): string =>
  shape.replace(/[#N]/g, (sign) => String(sign === 'N' ? 2 + r.below(8) : r.below(10)));
const between = (r: RandomStream, least: number, most: number): number => least + r.below(most - least + 1);
const two = (n: number): string => String(n).padStart(2, '0');

const NAMES = [
  'anna',
  'j.smith',
  'maria_garcia',
  'LiWei',
  'tom+news',
  'o.muller',
  'k-tanaka',
  'x9',
  'sales.eu',
  'Jean.Dupont',
];
const HOSTS = [
  'example.com',
  'mail.example.co.uk',
  'uni-beispiel.de',
  'qq.com',
  '163.com',
  'EXAMPLE.ORG',
  'a.b.example.net',
  'firma.museum',
];
const email: Draw = (r) => `${pick(r, NAMES)}${r.below(3) ? '' : r.below(999)}@${pick(r, HOSTS)}`;

const PHONES = [
  '(N##) N##-####',
  'N##-N##-####',
  '+1 N## N## ####',
  '1-N##-N##-####',
  'N##.N##.####',
  '+1-N##-N##-#### x###',
  '+44 20 7### ####',
  '020 7### ####',
  '07### ######',
  '+44 7### ######',
  '0113 ### ####',
  '01### ######',
  '+49 30 #######',
  '030 #######',
  '0171 #######',
  '+49 (0)89 ######',
  '089/######',
  '04421 ######',
  '01 ## ## ## ##',
  '+33 6 ## ## ## ##',
  '06.##.##.##.##',
  '0033 1 ## ## ## ##',
  '138########',
  '159 #### ####',
  '+86 137########',
  '010-6#######',
  '0755-2#######',
  '186-####-####',
  '090-####-####',
  '03-####-####',
  '+81 3 #### ####',
  '+91 9#### #####',
  '98### #####',
  '+55 11 9####-####',
  '(11) 9####-####',
  '+34 6## ### ###',
  '6## ### ###',
  '+39 06 #### ####',
  '+48 5## ### ###',
  '+61 4## ### ###',
  '04## ### ###',
  '08-### ### ##',
  '+7 9## ###-##-##',
  '+82 10-####-####',
];
const phone: Draw = (r) => shaped(r, pick(r, PHONES));

const luhnDigit = (body: string): string => {
  let sum = 0;
  for (const [i, digit] of Array.from(body).reverse().entries()) {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return String((10 - (sum % 10)) % 10);
};
const CARDS: readonly (readonly [string, number])[] = [
  ['4', 16],
  ['4', 16],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['3528', 16],
  ['36', 14],
  ['62', 16],
  ['621700', 19],
  ['5018', 12],
  ['4', 13],
];
const groupsOf = (number: string, separator: string): string =>
  number.length === 15
    ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(separator)
    : number.length === 16
      ? number.match(/\d{4}/g)!.join(separator)
      : number;
const card: Draw = (r) => {
  const [prefix, length] = pick(r, CARDS);
  const body = prefix + digits(r, length - prefix.length - 1);
  const number = body + luhnDigit(body);
  return pick(r, [number, groupsOf(number, ' '), groupsOf(number, '-')]);
};

const iban: Draw = (r) => {
  const number = pick(r, GOLDEN.iban.valid);
  return r.below(2) ? number : number.match(/.{1,4}/g)!.join(' ');
};

const ipv4: Draw = (r) => [between(r, 11, 223), r.below(256), r.below(256), between(r, 1, 254)].join('.');
const ipv6: Draw = (r) =>
  r.below(2)
    ? Array.from({ length: 8 }, () => hex(r, 1 + r.below(4))).join(':')
    : `2a0${r.below(10)}:${hex(r, 4)}::${hex(r, 1 + r.below(4))}:${between(r, 1, 9)}`;
const ip: Draw = (r) => (r.below(3) ? ipv4(r) : ipv6(r));

/** Each form as it is written on its papers, and a word that stands beside it; some stand without. */
const IDS: readonly (readonly [keyof typeof GOLDEN, (n: string) => string, readonly string[]])[] = [
  ['cn-id', (n) => n, ['身份证号', '证件号码:', '', 'ID card']],
  ['us-ssn', (n) => `${n.slice(0, 3)}-${n.slice(3, 5)}-${n.slice(5)}`, ['SSN', 'social security number', '']],
  ['de-tax-id', (n) => `${n.slice(0, 2)} ${n.slice(2, 5)} ${n.slice(5, 8)} ${n.slice(8)}`, ['Steuer-ID', 'IdNr.', '']],
  ['de-tax-id', (n) => n, ['Steueridentifikationsnummer']],
  ['fr-nir', (n) => n, ['numéro de sécurité sociale', '']],
  ['es-dni', (n) => n, ['DNI', '']],
  ['es-nie', (n) => n, ['NIE', '']],
  ['it-codice-fiscale', (n) => n, ['codice fiscale', '']],
  ['nl-bsn', (n) => n, ['BSN', 'burgerservicenummer']],
  ['br-cpf', (n) => `${n.slice(0, 3)}.${n.slice(3, 6)}.${n.slice(6, 9)}-${n.slice(9)}`, ['CPF', '']],
  ['in-aadhaar', (n) => `${n.slice(0, 4)} ${n.slice(4, 8)} ${n.slice(8)}`, ['Aadhaar', '']],
  ['uk-nhs', (n) => `${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`, ['NHS number', 'patient number']],
  ['pl-pesel', (n) => n, ['PESEL', '']],
  ['se-personnummer', (n) => n, ['personnummer', '']],
  ['ca-sin', (n) => `${n.slice(0, 3)}-${n.slice(3, 6)}-${n.slice(6)}`, ['SIN', 'social insurance']],
  ['ch-ahv', (n) => `${n.slice(0, 3)}.${n.slice(3, 7)}.${n.slice(7, 11)}.${n.slice(11)}`, ['AHV-Nummer', '']],
  ['kr-rrn', (n) => `${n.slice(0, 6)}-${n.slice(6)}`, ['주민등록번호', '']],
  ['fi-hetu', (n) => n, ['hetu', '']],
  ['no-fnr', (n) => n, ['fødselsnummer', '']],
  ['mx-curp', (n) => n, ['CURP', '']],
  ['be-nn', (n) => n, ['rijksregisternummer']],
  ['jp-my-number', (n) => n, ['マイナンバー']],
];

const STREETS_EN = [
  'Oak Street',
  'North Main St',
  'Elm Ave',
  'Kingsway Road',
  'High Street',
  'St. James Lane',
  'Martin Luther King Blvd',
  'Park Drive',
  '5th Avenue',
  'The Crescent',
  'Sunset Strip',
];
const STREETS_DE = [
  'Lindenstraße',
  'Hauptstr.',
  'Am Alten Markt',
  'Goetheplatz',
  'Berliner Allee',
  'Mühlenweg',
  'Untere Gasse',
  'Karl-Marx-Straße',
  'An der Kirche',
];
const STREETS_CN = ['朝阳区建国路', '浦东新区世纪大道', '中山东一路', '解放街', '南京西路', '和平里', '张家村'];
const STREETS_OTHER = ['rue de la Paix', 'avenue Victor Hugo', 'boulevard Saint-Michel'];
const address: Draw = (r) =>
  pick<Draw>(r, [
    (s) => `${between(s, 1, 9999)} ${pick(s, STREETS_EN)}`,
    (s) => `${between(s, 1, 999)} ${pick(s, STREETS_EN)}, Apt ${between(s, 1, 40)}`,
    (s) => `${pick(s, STREETS_DE)} ${between(s, 1, 199)}`,
    (s) => `${pick(s, STREETS_DE)} ${between(s, 1, 99)}a`,
    (s) => `${pick(s, STREETS_CN)}${between(s, 1, 999)}号`,
    (s) => `${pick(s, STREETS_CN)}${between(s, 1, 99)}号${between(s, 1, 9)}栋${between(s, 101, 909)}室`,
    (s) => `${between(s, 1, 99)} ${pick(s, STREETS_OTHER)}`,
    (s) => `Calle Mayor ${between(s, 1, 99)}`,
    (s) => `渋谷区神南${between(s, 1, 9)}丁目${between(s, 1, 19)}番${between(s, 1, 29)}号`,
  ])(r);

const MONTHS = ['January', 'March', 'May', 'July', 'September', 'December'];
const birthDate: Draw = (r) => {
  const [y, m, d] = [between(r, 1940, 2009), between(r, 1, 12), between(r, 1, 28)];
  return pick(r, [
    `${y}-${two(m)}-${two(d)}`,
    `${two(m)}/${two(d)}/${y}`,
    `${d}.${m}.${y}`,
    `${y}年${m}月${d}日`,
    `${pick(r, MONTHS)} ${d}, ${y}`,
    `${d} ${pick(r, MONTHS)} ${y}`,
  ]);
};

const urlUser: Draw = (r) =>
  `${pick(r, ['admin', 'anna', 'deploy'])}:${pick(r, ['hunter', 'pw', 'S3cret'])}${r.below(99)}`;

/** Sentences with a place: `{}`. Of each kind some name what stands there, and some do not. */
const SENTENCES: Record<Exclude<PersonalKind, 'id'>, readonly string[]> = {
  email: [
    'Please write to {}.',
    'My mail is {}, thanks!',
    '我的邮箱是{}，谢谢',
    '联系{}即可',
    '<{}> wrote:',
    'cc: {}; bcc: none',
    'mailto:{}?subject=Hi',
    'E-Mail:{}',
    'user="{}",',
  ],
  phone: [
    'Call me at {} tomorrow.',
    'Tel: {}',
    'You can reach us on {} or by post.',
    '我的电话是{}。',
    '手机{}，微信同号',
    'Telefon {}',
    'Rufen Sie {} an.',
    'Appelez le {} svp',
    '{}',
    'Contact: {}',
    'name,{},city',
  ],
  card: [
    'My card number is {}.',
    'Charge it to {} please',
    '卡号{}，谢谢',
    'Visa {} exp 11/27',
    'Payment with {} was declined.',
    '"pan": "{}"',
    'a,{},b',
  ],
  iban: ['Bitte auf {} überweisen.', 'IBAN: {}', 'Send the money to {}, thanks.', '账户{}', 'iban={}', 'Compte {}.'],
  ip: [
    'Login from {} failed.',
    'The server {} is down',
    '{} - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200',
    'ping {}',
    'IP地址：{}。',
    'from [{}]',
    'host={} up',
  ],
  address: [
    'I live at {}.',
    'Ship it to {}, please.',
    'Ich wohne {}.',
    '地址：{}',
    '我住在{}。',
    'Our office: {}',
    'She moved to {} last year.',
    '{}',
  ],
  'url-user': [
    'git clone https://{}@git.example.com/x.git',
    'DATABASE=postgres://{}@db.example.com:5432/app',
    'see ftp://{}@files.example.org/a',
  ],
  'birth-date': [
    'Born on {} in Kyiv.',
    'DOB: {}',
    'Date of birth {}',
    'geboren am {}',
    '生日是{}',
    '出生日期：{}',
    'né le {} à Lyon',
  ],
};

/** What only looks like personal data: each is to be left alone. */
const NEGATIVES: readonly Draw[] = [
  (r) => `id ${hex(r, 8)}-${hex(r, 4)}-4${hex(r, 3)}-a${hex(r, 3)}-${hex(r, 12)} was deleted`,
  (r) => `Version ${r.below(20)}.${r.below(20)}.${r.below(20)}.${r.below(200)} is out`,
  (r) => `npm i left-pad@${r.below(9)}.${r.below(9)}.${r.below(9)}`,
  (r) => `Order number ${first(r, 10)} has shipped.`,
  (r) => `Invoice #${first(r, 8)} of ${between(r, 1990, 2030)}-${two(between(r, 1, 12))}-${two(between(r, 1, 28))}`,
  (r) =>
    `On ${two(between(r, 1, 28))}.${two(between(r, 1, 12))}.${between(r, 1950, 2030)} at ${two(r.below(24))}:${two(r.below(60))}:${two(r.below(60))} it rained`,
  (r) => `${between(r, 1900, 1950)}-${between(r, 1951, 2030)} was a long time`,
  (r) => `The sum is ${between(r, 1, 999)},${digits(r, 3)},${digits(r, 3)}.${digits(r, 2)} euros`,
  (r) => `Es waren ${between(r, 1, 999)}.${digits(r, 3)}.${digits(r, 3)} Menschen`,
  (r) => `ISBN 978-3-16-${digits(r, 6)}-${r.below(10)}`,
  (r) => `EAN ${first(r, 13)}`,
  (r) => `commit ${hex(r, 40)}`,
  (r) => `mac ${Array.from({ length: 6 }, () => hex(r, 2)).join(':')}`,
  (r) => `<img src="icon@2x.png" width="${between(r, 10, 999)}">`,
  (r) => `pi is 3.${digits(r, 12)}`,
  (r) => `At ${between(r, -89, 89)}.${digits(r, 6)}, ${between(r, 1, 179)}.${digits(r, 6)} there is water`,
  (r) => `timestamp ${between(r, 1500000000, 1799999999)}`,
  (r) => `订单号${first(r, 12)}，共${between(r, 2, 99)}件，${between(r, 2000, 2030)}年${between(r, 1, 12)}月`,
  (r) => `第${between(r, 1, 30)}章，共${between(r, 100, 900)}页`,
  (r) => `chr${between(r, 1, 22)}:${first(r, 8)}-${first(r, 8)}`,
  (r) => `Use std::vector<int> or a::b, call f(${r.below(99)}, ${r.below(99)})`,
  (r) =>
    `${between(r, 2, 9)} + ${between(r, 2, 9)} = ${between(r, 2, 18)}; ${first(r, 3)} * ${first(r, 3)} = ${first(r, 6)}`,
  (r) => `score ${between(r, 0, 9)}-${between(r, 0, 9)}, ${between(r, 60, 99)} minutes, seat ${between(r, 1, 60)}B`,
  (r) => `PART-${first(r, 4)}-${first(r, 4)}-${first(r, 4)}`,
  (r) => `git@github.com:someone/project-${r.below(99)}.git`,
  (r) => `Tracking ${first(r, 12)} is on its way`,
  (r) =>
    `In ${between(r, 1900, 2030)} there were ${between(r, 10, 99)} Main events and ${between(r, 2, 40)} Street cats`,
  (r) => `@user${r.below(99)} said hi`,
];

const FILLERS = ['', '', 'Hello, ', 'As we said last week: ', '好的，', 'PS. ', 'Hallo zusammen! '];

function planted(r: RandomStream, kind: PersonalKind, value: string, sentence: string): Planted {
  const lead = pick(r, FILLERS);
  const at = lead.length + sentence.indexOf('{}');
  const text = lead + sentence.replace('{}', () => value) + pick(r, ['', ' See you.', '\n下次再说。']);
  return { text, spans: [{ kind, start: at, end: at + value.length }] };
}

const DRAWS: Record<Exclude<PersonalKind, 'id'>, Draw> = {
  ...{ email, phone, card, iban, ip, address },
  ...{ 'url-user': urlUser, 'birth-date': birthDate },
};

function plantedId(r: RandomStream): Planted {
  const [form, write, words] = pick(r, IDS);
  const word = pick(r, words);
  return planted(
    r,
    'id',
    write(pick(r, GOLDEN[form].valid)),
    word ? `${word} {} is on file.` : 'It says {} on the form.',
  );
}

/** @returns `each` texts of every kind, and as many again that hold none */
export function plantedSet(seed: number, each: number): Planted[] {
  const r = stream(seed, 'planted');
  const kinds = Object.keys(DRAWS) as (keyof typeof DRAWS)[];
  const texts = Array.from({ length: each }, () => [
    ...kinds.map((kind) => planted(r, kind, DRAWS[kind](r), pick(r, SENTENCES[kind]))),
    plantedId(r),
    ...Array.from({ length: 9 }, () => ({ text: pick(r, FILLERS) + pick(r, NEGATIVES)(r), spans: [] })),
  ]);
  return texts.flat();
}
