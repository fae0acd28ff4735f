/** The words beside a hit: those that say what it is, and those that say that it is something else. */

/** UTF-16 units before and after a hit in which a word counts as beside it. */
const BEFORE = 48;
const AFTER = 20;

/** Numbers of things, which no finder is after; bounded parts only, so that a search stays linear. */
const AGAINST =
  /\b(?:orders?|invoice|ean|isbn|issn|gtin|upc|sku|ticket|tracking|serial|version|release|build|commit|bestell\w{0,12}|rechnung\w{0,10}|artikel\w{0,10}|commande|facture|pedido)\b|订单|单号|条码|编号|版本|注文/i;

/** @param words that speak for the hit, with no flag `g` */
export function contextOf(
  text: string,
  start: number,
  end: number,
  words: RegExp,
): { word?: string; against: boolean } {
  const before = text.slice(Math.max(0, start - BEFORE), start);
  const word = (words.exec(before) ?? words.exec(text.slice(end, end + AFTER)))?.[0];
  return word === undefined ? { against: AGAINST.test(before) } : { word, against: false };
}
