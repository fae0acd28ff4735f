/**
 * What stands in for personal data: the same for the same value, over all rows of one run of a recipe. Which value a
 * pseudonym stands for is known to that run alone; it is stored nowhere and is drawn up anew by the next.
 */
import { stream, type RandomStream } from '../../../base/numbers/rng';
import { digitsIn, PERSONAL_KINDS, type PersonalKind } from './finder';
import { scanPersonal } from './scan';

/** All that is replaced: what finders find, names of a list, and secrets. */
export type ReplacedKind = PersonalKind | 'person' | 'secret';

const LABELS: Record<ReplacedKind, string> = {
  email: 'EMAIL',
  phone: 'PHONE',
  card: 'CARD',
  iban: 'IBAN',
  id: 'ID',
  ip: 'IP',
  address: 'ADDRESS',
  'url-user': 'USER',
  'birth-date': 'BIRTH_DATE',
  person: 'PERSON',
  secret: 'SECRET',
};

const PLACEHOLDER = new RegExp(`\\[(${Object.values(LABELS).join('|')})_(\\d{1,9})\\]`, 'g');

/** What two spellings of one value have in common. */
function keyOfValue(kind: ReplacedKind, value: string): string {
  if (kind === 'card') return digitsIn(value);
  if (kind === 'phone') return (/^\(?\+|^00/.test(value) ? '+' : '') + digitsIn(value).replace(/^00/, '');
  if (kind === 'iban' || kind === 'id') return value.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
  return kind === 'secret' ? value : value.replace(/\s+/g, ' ').toLowerCase();
}

const ALL = new Set<PersonalKind>(PERSONAL_KINDS);
/** Draws of a number before one is taken as it is. */
const TRIES = 50;

/** Each digit and letter by another of its class. */
const drawnLike = (value: string, random: RandomStream): string =>
  value.replace(/[0-9A-Za-z]/g, (sign) => {
    if (sign <= '9') return String(random.below(10));
    const letter = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[random.below(26)]!;
    return sign === sign.toLowerCase() ? letter.toLowerCase() : letter;
  });

/** A number of the same shape whose check digit is wrong, or which is of a range that is never given. */
function failing(value: string, random: RandomStream): string {
  for (let i = 0; i < TRIES; i++) {
    const drawn = drawnLike(value, random);
    const taken = scanPersonal(drawn, ALL, 0).some(({ kind }) => kind === 'card' || kind === 'iban' || kind === 'id');
    if (!taken && drawn !== value) return drawn;
  }
  return value.replace(/[0-9]/g, '0');
}

/** The last seven digits are of the range 555-01xx, which is kept for stories; the country stays. */
function fictionalPhone(value: string, random: RandomStream): string {
  const count = digitsIn(value).length;
  const tail = `55501${random.below(10)}${random.below(10)}`;
  let at = 0;
  return value.replace(/\d/g, (digit) => {
    const left = count - at++;
    if (left <= 7) return tail[7 - left]!;
    return /^\+/.test(value) && at <= 2 ? digit : String(random.below(10));
  });
}

const two = (n: number): string => String(n).padStart(2, '0');

/** A day that there is, in the same form. */
const otherDay = (value: string, random: RandomStream): string =>
  value.replace(/\d+/g, (number) =>
    number.length === 4
      ? String(1940 + random.below(65))
      : number.length === 2
        ? two(1 + random.below(12))
        : String(1 + random.below(9)),
  );

function otherAddress(value: string, n: number): string {
  if (/\p{sc=Han}/u.test(value)) return `示例路${n}号`;
  return /stra(?:ß|ss)e|str\.|weg|platz|allee|gasse/i.test(value) ? `Musterstraße ${n}` : `${n} Example Street`;
}

/** Networks for documents, then those that are given to nobody: RFC 5737, 1112, 3849. */
function otherIp(value: string, n: number): string {
  if (value.includes(':')) return `2001:db8::${n.toString(16)}`;
  return n < 255 ? `192.0.2.${n}` : `240.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

const FIRST = 'Robin Alex Kim Sascha Noa Charlie Jamie Toni Mika Luca Sam Andrea Jona Remy Dana Kai'.split(' ');
const LAST = 'Muster Sample Example Modelo Exemple Doe Placeholder Fictional Nobody Anyone Someone Invented'.split(' ');
const HAN_NAMES = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];

function otherName(value: string, n: number): string {
  if (/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u.test(value)) return `某${HAN_NAMES[n % 10]!}${n > 9 ? String(n) : ''}`;
  const round = Math.floor(n / (FIRST.length * LAST.length));
  const name = `${FIRST[n % FIRST.length]!} ${LAST[Math.floor(n / FIRST.length) % LAST.length]!}${round ? String(round) : ''}`;
  return value === value.toUpperCase() ? name.toUpperCase() : value === value.toLowerCase() ? name.toLowerCase() : name;
}

function invented(kind: ReplacedKind, value: string, n: number): string {
  const random = stream(1, 'pseudonym', kind, n);
  switch (kind) {
    case 'email':
      return `person${n}@example.com`;
    case 'url-user':
      return `user${n}`;
    case 'phone':
      return fictionalPhone(value, random);
    case 'birth-date':
      return otherDay(value, random);
    case 'address':
      return otherAddress(value, n);
    case 'ip':
      return otherIp(value, n);
    case 'person':
      return otherName(value, n);
    default:
      return failing(value, random);
  }
}

/** Letters and digits as asterisks. */
export const inStars = (value: string): string => value.replace(/[\p{L}\p{N}]/gu, '*');

export class Pseudonyms {
  readonly #numbers = new Map<string, number>();
  /** The largest number of each label, those that were in the rows before included. */
  readonly #last = new Map<string, number>();

  constructor(private readonly how: 'placeholder' | 'invented') {}

  /** Placeholders of an earlier recipe keep their numbers to themselves. */
  reserve(text: string): void {
    if (!text.includes('_')) return;
    for (const [, label = '', number] of text.matchAll(PLACEHOLDER))
      this.#last.set(label, Math.max(this.#last.get(label) ?? 0, Number(number)));
  }

  /** @param key what is one value: of a name, the person; the value itself where absent */
  of(kind: ReplacedKind, value: string, key?: string): string {
    const n = this.#numberOf(kind, key ?? keyOfValue(kind, value));
    return this.how === 'invented' && kind !== 'secret' ? invented(kind, value, n) : `[${LABELS[kind]}_${n}]`;
  }

  #numberOf(kind: ReplacedKind, key: string): number {
    const known = this.#numbers.get(`${kind} ${key}`);
    if (known !== undefined) return known;
    const n = (this.#last.get(LABELS[kind]) ?? 0) + 1;
    this.#last.set(LABELS[kind], n);
    this.#numbers.set(`${kind} ${key}`, n);
    return n;
  }
}
