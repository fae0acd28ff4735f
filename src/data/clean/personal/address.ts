/** Streets with a number, by the words that streets are called with, as each country orders them; no list of places. */
import { contextOf } from './context';
import type { NumberFinder, PersonalFound } from './finder';

/** `12 North Main Street, Apt 4, Springfield, IL 62704`. Each part is bounded. */
const ENGLISH =
  /\d{1,5}[A-Za-z]?,? (?:[NSEW]\.? |North |South |East |West )?(?:(?:[A-Z][A-Za-z'’.-]{1,20}|\d{1,3}(?:st|nd|rd|th)|of|the|de|la) ){1,4}?(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Close|Crescent|Gardens|Grove|Mews|Trail|Row|Alley|Walk|Hill|Plaza|Loop|Pike|Strip|Knoll|Viaduct|Summit|River|Port|Junction|Crossing|Extension|Fields|Forge|Forks|Glen|Green|Harbor|Heights|Hollow|Island|Isle|Key|Lake|Landing|Locks|Lodge|Manor|Meadows?|Mill|Mount|Mountain|Orchard|Oval|Park|Pass|Path|Pine|Plain|Points?|Prairie|Ranch|Rapids|Ridge|Shoals?|Shores?|Springs?|Spur|Station|Stream|Trace|Track|Trafficway|Turnpike|Union|Valley|View|Village|Ville|Vista|Ways|Wells)\b(?:\.(?=,| [a-z#]| (?:Apt|Suite|Ste|Unit|Flat)\b))?(?:,? ?(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.? ?[A-Za-z0-9-]{1,6})?/y;
const ENGLISH_PLACE =
  /,? (?:[A-Z][A-Za-z'.-]{1,20} ?){1,3},? (?:[A-Z]{2} \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?!\w)/y;
const BOX = /\b(?:P\.? ?O\.? ?Box|Postfach|Apartado|Bo[iî]te postale|B\.P\.) ?$/i;
/** `12 bis, rue de la Paix`; `Calle Mayor 12` and `Via Roma 12` come from what stands before. */
const FRENCH =
  /\d{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|chemin|impasse|all[ée]e|quai|cours|route|square|passage)(?: (?:(?:de|du|des|la|le|les)(?= )|(?:de l|[dl])?['’]?[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]{0,20})){1,5}/y;
/** What stands before the number of a house. */
const GERMAN =
  /(?<![\p{sc=Latin}-])((?:(?:Am|An der|Auf dem|Im|In der|Zum|Zur|Unter den|Alte|Neue|Große|Kleine) )?(?:[A-ZÄÖÜ]\p{sc=Latin}{1,24}[- ]){0,3}[A-ZÄÖÜ]?[\p{sc=Latin}]{0,24}(?:stra(?:ß|ss)e|Stra(?:ß|ss)e|[sS]tr\.|weg|Weg|platz|Platz|allee|Allee|gasse|Gasse|Markt|ring|Ring|damm|Damm|ufer|chaussee|hof|graben|steig|markt)) $/u;
const ROMANCE =
  /(?<!\p{sc=Latin})((?:Calle|C\/|Avenida|Avda\.?|Plaza|Paseo|Via|Viale|Piazza|Corso|Largo|Rua|Travessa) (?:[\p{L}'’.]{1,20} ){1,4}?)(?:n[.º°]? ?|, ?)?$/u;
const DUTCH = /(?<!\p{sc=Latin})([A-Z][\p{sc=Latin}-]{2,24}(?:straat|laan|weg|plein|gracht|kade|dijk|singel|steeg)) $/u;
const HOUSE =
  /\d{1,4}(?: ?[a-hA-H](?![A-Za-z]))?(?:[-/]\d{1,4})?(?:, (?:D-)?\d{4,5} ?(?:[A-Z]{2} )?[A-ZÄÖÜ][\p{L}-]{2,24}(?: [A-ZÄÖÜ][\p{L}-]{2,24})?)?/uy;
/** `朝阳区建国路88号3栋1201室`, and the blocks of Japan. */
const CHINESE_HOUSE =
  /\d{1,5}(?:[-－]\d{1,5}){0,2} ?(?:号院?|號|弄\d{1,5}号|巷\d{1,5}[号號])(?:[\p{sc=Han}]{0,8}\d{1,4}(?:栋|幢|座|号楼|楼|樓|单元|層|层|室|户)){0,4}/uy;
const CHINESE_STREET =
  /(?<=^|[住在是于到至址往去]|[^\p{sc=Han}])(?:(?![住在是于到至址往去])\p{sc=Han}){0,24}(?:路|街|道|巷|弄|胡同|里|村|段)$/u;
const JAPANESE = /\d{1,3}(?:丁目\d{1,4}(?:番地?|[-－])\d{1,4}号?|[-－]\d{1,3}[-－]\d{1,4})/y;
const JAPANESE_TOWN =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー]{0,20}[都道府県市区町村][\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー]{1,12}$/u;

const WORDS =
  /\b(?:address|live[sd]? (?:at|in|on)|living at|resid\w{0,5}|ship(?:ped|ping)? to|deliver\w{0,3}|wohn\w{0,4}|adresse|anschrift|direcci[óo]n|indirizzo|domicil\w{0,4}|adres)\b|地址|住址|住在|收货|居住|住所/i;

const found = (text: string, start: number, end: number): PersonalFound => {
  const { word } = contextOf(text, start, end, WORDS);
  const base = { kind: 'address', form: 'address', start, end } as const;
  return word === undefined
    ? { ...base, score: 75, evidence: 'pattern' }
    : { ...base, score: 92, evidence: 'context', word };
};

const lengthAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
};

/** A street after its number. */
function numberFirst(text: string, at: number): PersonalFound | undefined {
  const english = lengthAt(ENGLISH, text, at);
  if (english) return found(text, at, at + english + lengthAt(ENGLISH_PLACE, text, at + english));
  const french = lengthAt(FRENCH, text, at);
  return french ? found(text, at, at + french) : undefined;
}

/** A street before its number: what of `before`, which ends at `at`, is its name. */
function streetFirst(text: string, at: number, before: string): PersonalFound | undefined {
  const street = (GERMAN.exec(before) ?? DUTCH.exec(before) ?? ROMANCE.exec(before))?.[1];
  if (street === undefined) {
    const box = BOX.exec(before)?.[0];
    return box === undefined ? undefined : found(text, at - box.length, at + lengthAt(HOUSE, text, at));
  }
  return found(text, at - (before.length - before.lastIndexOf(street)), at + lengthAt(HOUSE, text, at));
}

function eastAsian(text: string, at: number, before: string): PersonalFound | undefined {
  const chinese = lengthAt(CHINESE_HOUSE, text, at);
  const street = chinese ? CHINESE_STREET.exec(before)?.[0] : undefined;
  if (street !== undefined) return found(text, at - street.length, at + chinese);
  const japanese = lengthAt(JAPANESE, text, at);
  const town = japanese ? JAPANESE_TOWN.exec(before)?.[0] : undefined;
  return town === undefined ? undefined : found(text, at - town.length, at + japanese);
}

/** UTF-16 units before a number in which its street stands. */
const STREET = 64;

export const address: NumberFinder = {
  kind: 'address',
  runs: [1, 2, 3, 4, 5],
  read: (text, at) => {
    const previous = text.charCodeAt(at - 1);
    if (previous > 0x2e80)
      return eastAsian(text, at, text.slice(Math.max(0, at - STREET), at)) ?? numberFirst(text, at);
    if (/[\w.\-/]/.test(text[at - 1] ?? '')) return undefined;
    const first = numberFirst(text, at);
    if (first || previous !== 32) return first;
    return streetFirst(text, at, text.slice(Math.max(0, at - STREET), at));
  },
};
