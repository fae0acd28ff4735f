import { expect, test } from 'vitest';
import { passesLuhn } from '../../../src/data/clean/personal/checksums';
import { personalDataStep } from '../../../src/data/clean/personalData';
import { outcomesOf, textRow, textsAfter, turnsRow } from './rows';

test('the same value gets the same placeholder in all rows, however it is written', async () => {
  const rows = [
    'Mail anna@example.com or ben@example.com.',
    'ANNA@example.com rang from +49 30 1234567',
    'Call 0049 30 1234567, card 4111 1111 1111 1111',
    'card 4111111111111111',
  ];
  expect(await textsAfter(personalDataStep, rows)).toEqual([
    'Mail [EMAIL_1] or [EMAIL_2].',
    '[EMAIL_1] rang from [PHONE_1]',
    'Call [PHONE_1], card [CARD_1]',
    'card [CARD_1]',
  ]);
});

test('placeholders of an earlier recipe keep their numbers', async () => {
  const rows = ['new@example.com', 'She is [EMAIL_7], he is [EMAIL_x].'];
  expect(await textsAfter(personalDataStep, rows)).toEqual(['[EMAIL_8]', rows[1]]);
});

test('a row says what was found and where, by kind, score and what speaks for it', async () => {
  const row = turnsRow([
    ['question', 'My card: 4111 1111 1111 1111'],
    ['answer', '从192.168.1.7登录，身份证号11010519491231002X'],
  ]);
  const [outcome] = await outcomesOf(personalDataStep, [row]);
  expect(outcome).toMatchObject({
    kept: true,
    texts: ['My card: [CARD_1]', '从[IP_1]登录，身份证号[ID_1]'],
    reason: { code: 'personal', facts: { count: 3 } },
    spans: [
      {
        ...{ part: 0, start: 9, end: 28 },
        reason: { code: 'personal-card', facts: { score: 98, evidence: 'checksum-context', word: 'card' } },
      },
      { part: 1, start: 1, end: 12, reason: { code: 'personal-ip', facts: { form: 'ip-private' } } },
      { part: 1, start: 19, end: 37, reason: { code: 'personal-id', facts: { form: 'cn-id', word: '身份证' } } },
    ],
  });
});

test('inStars, marked, left out', async () => {
  const text = 'a@b.example has 1 dog';
  expect(await textsAfter(personalDataStep, [text], { then: 'mask' })).toEqual(['*@*.******* has 1 dog']);
  expect(await textsAfter(personalDataStep, [text, 'none'], { then: 'leave-out' })).toEqual([undefined, 'none']);
  const [marked] = await outcomesOf(personalDataStep, [textRow(text)], { then: 'mark' });
  expect(marked).toMatchObject({ kept: true, facts: { personal: 1 }, spans: [{ start: 0, end: 11 }] });
  expect(marked).not.toHaveProperty('texts');
});

test('invented values are of the same kind, and no check digit of theirs is right', async () => {
  const text =
    'me@firm.example, card 4111-1111-1111-1111, IBAN DE89 3704 0044 0532 0130 00, +49 30 1234567, ip 8.8.4.4';
  const [row = ''] = (await textsAfter(personalDataStep, [text], { then: 'invented' })) as string[];
  const [mail, number, account, phone, ip] = row.split(', ') as [string, string, string, string, string];
  expect(mail).toBe('person1@example.com');
  expect(number).toMatch(/^card \d{4}-\d{4}-\d{4}-\d{4}$/);
  expect(passesLuhn(number.replace(/\D/g, ''))).toBe(false);
  expect(account).toMatch(/^IBAN [A-Z]{2}\d\d( \d{4}){4} \d\d$/);
  expect(account).not.toContain('3704');
  expect(phone).toMatch(/^\+49 \d\d 55501\d\d$/);
  expect(ip).toBe('ip 192.0.2.1');
  expect(await textsAfter(personalDataStep, [row], { then: 'mark' })).toEqual([row]);
});

test('a kind that is switched off is left alone, and so is what scores less', async () => {
  const text = 'a@b.example, 5.6.7.8';
  expect(await textsAfter(personalDataStep, [text], { email: false, least: 30 })).toEqual(['a@b.example, [IP_1]']);
  expect(await textsAfter(personalDataStep, [text], { least: 95 })).toEqual(['[EMAIL_1], 5.6.7.8']);
});

test('names of a list go in every casing, joined, turned and with a genitive, by one pseudonym', async () => {
  const rows = [
    "John Smith's dog, SMITH, JOHN and john.smith or @JohnSmith; Johnny stays.",
    'José met Jose. Will Maria’s mum and Marias Hund come? Mariana stays.',
  ];
  const names = ['John Smith', 'José', 'Maria'];
  expect(await textsAfter(personalDataStep, rows, { names })).toEqual([
    "[PERSON_1]'s dog, [PERSON_1] and [PERSON_1] or @[PERSON_1]; Johnny stays.",
    '[PERSON_2] met [PERSON_2]. Will [PERSON_3]’s mum and [PERSON_3]s Hund come? Mariana stays.',
  ]);
});

test('names in Chinese and Japanese need no blanks; one sign needs a title', async () => {
  const rows = ['我和王小明、John去了公园，王小明很高兴。', '王经理说，国王来了', 'マリアさんとマリアナ海溝'];
  expect(await textsAfter(personalDataStep, rows, { names: ['王小明, 小明', 'john', '王', 'マリア'] })).toEqual([
    '我和[PERSON_1]、[PERSON_2]去了公园，[PERSON_1]很高兴。',
    '[PERSON_3]经理说，国王来了',
    '[PERSON_4]さんとマリアナ海溝',
  ]);
});

test('other names of a person on the same line share the pseudonym; roles are no names', async () => {
  const rows = ['Annie is Anna Berg. The user said hi.'];
  expect(await textsAfter(personalDataStep, rows, { names: ['Anna Berg, Annie', 'user'] })).toEqual([
    '[PERSON_1] is [PERSON_1]. The user said hi.',
  ]);
});

test('names come from columns and headers, and go from columns too', async () => {
  const rows = [
    textRow('Then Ada spoke to bob.', 0, { speaker: 'Ada; Bob', note: 'ask ada@x.example', label: 'Ada' }),
    textRow('From: Carol Jones <carol@x.example>\nTo: The Board\n\nCarol Jones agrees with ada.', 1),
  ];
  const outcomes = await outcomesOf(personalDataStep, rows, { nameColumns: ['speaker'], headers: true });
  expect(outcomes).toMatchObject([
    {
      texts: ['Then [PERSON_1] spoke to [PERSON_2].'],
      facts: { speaker: '[PERSON_1]; [PERSON_2]', note: 'ask [EMAIL_1]' },
    },
    { texts: ['From: [PERSON_3] <[EMAIL_2]>\nTo: [PERSON_4]\n\n[PERSON_3] agrees with [PERSON_1].'] },
  ]);
  expect(outcomes[0]).not.toHaveProperty('facts.label');
});

test('JSON stays JSON where a number in it is replaced', async () => {
  const call = '{"phone": 13812345678, "to": "a@b.example", "n": [4111111111111111, 2]}';
  const [text = ''] = (await textsAfter(personalDataStep, [call])) as string[];
  expect(JSON.parse(text)).toEqual({ phone: '[PHONE_1]', to: '[EMAIL_1]', n: ['[CARD_1]', 2] });
});

test('full-width signs and odd blanks are read as what they look like', async () => {
  expect(
    await textsAfter(personalDataStep, [
      '电话：１３８１２３４５６７８，邮箱ａ＠ｂ．ｃｏｍ',
      'tel 030\u00a0123\u2011456',
    ]),
  ).toEqual(['电话：[PHONE_1]，邮箱[EMAIL_1]', 'tel [PHONE_2]']);
});
