// The rules of cards, accounts and national numbers, against what python-stdnum says of the same numbers.
import { describe, expect, test } from 'vitest';
import { passesLuhn } from '../../../../src/data/clean/personal/checksums';
import { isIban } from '../../../../src/data/clean/personal/iban';
import * as americas from '../../../../src/data/clean/personal/ids/americas';
import * as asia from '../../../../src/data/clean/personal/ids/asia';
import * as europe from '../../../../src/data/clean/personal/ids/europe';
import * as north from '../../../../src/data/clean/personal/ids/north';
import { compactOf } from '../../../../src/data/clean/personal/finder';
import GOLDEN from '../../../fixtures/goldens/personalNumbers.json';

// By the form's name in the golden file, which python-stdnum made.
const RULES: Record<keyof typeof GOLDEN, (compact: string) => boolean> = {
  card: passesLuhn,
  iban: isIban,
  'cn-id': asia.isChineseId,
  'in-aadhaar': asia.isAadhaar,
  'jp-my-number': asia.isMyNumber,
  'kr-rrn': asia.isKoreanRrn,
  'tr-kimlik': asia.isTurkishId,
  'za-id': asia.isSouthAfricanId,
  'au-tfn': asia.isTaxFileNumber,
  'de-tax-id': europe.isSteuerId,
  'fr-nir': europe.isNir,
  'es-dni': europe.isDni,
  'es-nie': europe.isNie,
  'it-codice-fiscale': europe.isCodiceFiscale,
  'nl-bsn': europe.isBsn,
  'be-nn': europe.isBelgianId,
  'ch-ahv': europe.isAhv,
  'uk-nhs': north.isNhs,
  'pl-pesel': north.isPesel,
  'se-personnummer': north.isPersonnummer,
  'fi-hetu': north.isHetu,
  'no-fnr': north.isFodselsnummer,
  'dk-cpr': north.isCpr,
  'us-ssn': americas.isSsn,
  'ca-sin': americas.isSin,
  'br-cpf': americas.isCpf,
  'mx-curp': americas.isCurp,
};

describe('numbers of persons are taken and refused as python-stdnum does', () => {
  test.each(Object.entries(RULES))('%s', (form, rule) => {
    const { valid, invalid } = GOLDEN[form as keyof typeof GOLDEN];
    expect(valid.length).toBeGreaterThanOrEqual(40);
    expect(valid.filter((number) => !rule(compactOf(number)))).toEqual([]);
    expect(invalid.filter((number) => rule(compactOf(number)))).toEqual([]);
  });

  test('most forms refuse a number of which one sign changed', () => {
    const refused = Object.values(GOLDEN).filter(({ invalid }) => invalid.length > 30);
    expect(refused.length).toBeGreaterThanOrEqual(25);
  });
});

test('a national insurance number has no check digit, only letters that are never given', () => {
  const taken = ['AB123456C', 'JG103759A', 'AP019283D'];
  const refused = ['DA123456A', 'FA123456A', 'BG123456A', 'GB123456A', 'ZZ123456A', 'AO123456A', 'AB123456E'];
  expect(taken.filter((number) => !north.isNino(number))).toEqual([]);
  expect(refused.filter((number) => north.isNino(number))).toEqual([]);
});
