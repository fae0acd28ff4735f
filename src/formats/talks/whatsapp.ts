// A chat as WhatsApp exports it: text with a date, a time and a name before each message, in the form of the phone.
import { linesIn } from './lines';
import { noTalks, type Said, type TalkReader } from './talk';

/** Marks of direction and narrow blanks that phones write around dates and names. */
const MARKS = /[\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;
/** @param separator the number of the group that holds the sign between the numbers */
const date = (separator: number): string => `(\\d{1,4})([-/.])\\s?(\\d{1,2})\\${String(separator)}\\s?(\\d{1,4})\\.?`;
/** The half of the day, or a part of it, which Chinese, Japanese and Korean phones write before the time. */
const PART = '(凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|午前|午後|오전|오후)';
const TIME = String.raw`(?:${PART}\s?)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s?([AaPp]\.?\s?[Mm]\.?|上午|下午))?`;
const LATER_HALF = /^(?:[Pp]|中午|下午|傍晚|晚上|午後|오후)/;
/** In brackets, or before a dash; the rest of the line is a name with what it said, or a line of the program. */
const HEADER = new RegExp(String.raw`^(?:\[${date(2)},?\s+${TIME}\]\s?|${date(11)},?\s+${TIME}\s[-–]\s)(.*)$`);
const SPEAKER = /^([^:]{1,80}?):(?:\s(.*)|$)/;

/** What stands in place of a picture or another file, in some languages. */
const MEDIA =
  /^<[^<>]{3,40}>$|^<attached: .*>$|\((?:file attached|Datei angehängt|archivo adjunto|fichier joint|文件附件)\)$|\b(?:image|video|audio|sticker|GIF|document|Contact card) omitted$|\b(?:Bild|Video|Audio|Sticker|GIF) weggelassen$/;
const DELETED = /^(?:This message was deleted|You deleted this message|Diese Nachricht wurde gelöscht)\.?$/;

interface Entry {
  date: [number, number, number];
  seconds: number;
  /** The clock has twelve hours. */
  half: boolean;
  slash: boolean;
  text: string;
}

export const whatsapp: TalkReader = {
  app: 'whatsapp',
  begins(text) {
    const lines = linesIn(text.slice(0, 20_000)).filter((line) => line.trim() !== '');
    const headers = lines.filter((line) => HEADER.test(cleanLine(line))).length;
    return headers >= 2 && HEADER.test(cleanLine(lines[0]!));
  },
  read(text, file) {
    const read = noTalks();
    const entries = entriesIn(text);
    const order = orderOf(entries);
    const said = entries.flatMap((entry): Said[] => {
      const [, speaker, first] = SPEAKER.exec(entry.text.split('\n', 1)[0]!) ?? [];
      if (speaker === undefined) read.system++;
      const message = speaker === undefined ? '' : restOf(entry.text, first);
      if (speaker !== undefined && MEDIA.test(message.trim())) read.media++;
      else if (speaker !== undefined && (DELETED.test(message.trim()) || message.trim() === '')) read.system++;
      else if (speaker !== undefined) return [{ speaker, text: message, at: timeIn(entry, order) }];
      return [];
    });
    read.threads.push({ name: file.replace(/\.[^.]*$/, ''), said });
    return read;
  },
};

const cleanLine = (line: string): string => line.replace(MARKS, '').replace(/[\u202F\u00A0]/g, ' ');

/** The first line without the name, and the lines below it. */
function restOf(text: string, first = ''): string {
  const end = text.indexOf('\n');
  return end < 0 ? first : first + text.slice(end);
}

/** Lines without a header belong to the message above them. */
function entriesIn(text: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of linesIn(text)) {
    const found = HEADER.exec(cleanLine(line));
    if (found) entries.push(entryOf(found));
    else if (entries.length) entries.at(-1)!.text += `\n${line.replace(MARKS, '')}`;
  }
  for (const entry of entries) entry.text = entry.text.trimEnd();
  return entries;
}

function entryOf(found: RegExpExecArray): Entry {
  const [, ...groups] = found;
  const fields = groups[0] === undefined ? groups.slice(9, 18) : groups.slice(0, 9);
  const [a, separator, b, c, before, hour, minute, second, behind] = fields;
  const half = before ?? behind;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (LATER_HALF.test(half) ? 12 : 0);
  return {
    date: [Number(a), Number(b), Number(c)],
    seconds: hours * 3600 + Number(minute) * 60 + Number(second ?? 0),
    half: half !== undefined,
    slash: separator === '/',
    text: groups[18] ?? '',
  };
}

/** Which of the three numbers of a date is the year, the month and the day. */
type Order = readonly [year: number, month: number, day: number];
const DAY_FIRST: Order = [2, 1, 0];
const MONTH_FIRST: Order = [2, 0, 1];
const ORDERS: readonly Order[] = [DAY_FIRST, MONTH_FIRST, [0, 1, 2], [0, 2, 1]];

/** The order in which all dates exist and time goes on; the country's habit where several do. */
function orderOf(entries: readonly Entry[]): Order {
  const american = entries.some(({ half, slash }) => half && slash);
  const orders = american ? [MONTH_FIRST, DAY_FIRST, ...ORDERS.slice(2)] : ORDERS;
  const faults = orders.map((order) => faultsOf(entries, order));
  return orders[faults.indexOf(Math.min(...faults))] ?? DAY_FIRST;
}

/** Dates that do not exist, weighed above those before the one above them. */
function faultsOf(entries: readonly Entry[], order: Order): number {
  let [faults, before] = [0, -Infinity];
  for (const entry of entries) {
    const [year, month, day] = order.map((at) => entry.date[at]!) as [number, number, number];
    if (month < 1 || month > 12 || day < 1 || day > 31 || (year > 99 && year < 1000)) faults += entries.length;
    const at = timeIn(entry, order);
    if (at < before) faults++;
    before = at;
  }
  return faults;
}

function timeIn({ date, seconds }: Entry, [year, month, day]: Order): number {
  const full = date[year]! < 100 ? 2000 + date[year]! : date[year]!;
  return Date.UTC(full, date[month]! - 1, date[day]) + seconds * 1000;
}
