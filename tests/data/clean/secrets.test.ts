import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { secretsStep } from '../../../src/data/clean/secrets';
import { findSecrets } from '../../../src/data/clean/secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from '../../../src/data/clean/secret/rules';
import { outcomesOf, textRow, textsAfter } from './rows';

const ALL = new Set<SecretKind>(SECRET_KINDS);
const r = stream(3, 'secrets');
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Drawn: no key here was ever given out. */
const drawn = (length: number, of = SIGNS): string => Array.from({ length }, () => of[r.below(of.length)]!).join('');
const HEX = '0123456789abcdef';

/** Joined from parts, so that this file holds no string that looks like a key. */
const KEYS: Record<Exclude<SecretKind, 'entropy'>, string[]> = {
  aws: ['AKIA' + drawn(16, 'ABCDEFGHIJ234567'), 'ASIA' + drawn(16, 'ABCDEFGHIJ234567')],
  azure: ['AccountKey=' + drawn(86) + '=='],
  google: ['AI' + 'za' + drawn(35), 'GOCSPX-' + drawn(28)],
  github: ['gh' + 'p_' + drawn(36), 'gh' + 's_' + drawn(36), 'github' + '_pat_' + drawn(22) + '_' + drawn(59)],
  gitlab: ['gl' + 'pat-' + drawn(20)],
  slack: [
    'xo' + 'xb-' + drawn(12, '0123456789') + '-' + drawn(24),
    'hooks.slack.com/services/T' + drawn(8) + '/B' + drawn(8) + '/' + drawn(24),
  ],
  openai: ['sk-' + 'proj-' + drawn(74) + 'T3BlbkFJ' + drawn(74), 'sk-' + drawn(20) + 'T3BlbkFJ' + drawn(20)],
  anthropic: ['sk-' + 'ant-api03-' + drawn(93) + 'AA'],
  'hugging-face': ['hf' + '_' + drawn(34)],
  stripe: ['sk' + '_live_' + drawn(24), 'rk' + '_test_' + drawn(24)],
  npm: ['npm' + '_' + drawn(36)],
  sendgrid: ['SG' + '.' + drawn(22) + '.' + drawn(43)],
  twilio: ['SK' + drawn(32, HEX)],
  jwt: ['eyJ' + drawn(30) + '.eyJ' + drawn(60) + '.' + drawn(43)],
  'basic-auth': ['deploy:' + drawn(12)],
  'other-key': [
    'dckr' + '_pat_' + drawn(27),
    'gsk' + '_' + drawn(52),
    'figd' + '_' + drawn(43),
    'shp' + 'at_' + drawn(32, HEX),
    'lin' + '_api_' + drawn(40),
  ],
  'private-key': [`-----BEGIN RSA PRIVATE KEY-----\n${drawn(64)}\n${drawn(40)}\n-----END RSA PRIVATE KEY-----`],
};

describe('keys of published prefixes', () => {
  test.each(Object.entries(KEYS))('%s, by its own switch', (kind, keys) => {
    for (const key of keys) {
      const [before, after] = kind === 'basic-auth' ? ['git clone https://', '@host.example/x'] : ['key "', '", then'];
      const text = before + key + after;
      const found = findSecrets(text, ALL);
      expect(found.map((one) => [one.kind, text.slice(one.start, one.end)])).toEqual([[kind, key]]);
      const others = new Set(SECRET_KINDS.filter((other) => other !== kind && other !== 'entropy'));
      expect(findSecrets(text, others)).toEqual([]);
    }
  });

  test.each([
    'sk-learn is a package',
    'ghp_short',
    'AKIA',
    'eyJ is base64 of {"',
    'an npm_config_registry',
    'hf_hub_download(repo)',
    'https://user@host.example',
    '-----BEGIN CERTIFICATE-----',
  ])('no key: %s', (text) => {
    expect(findSecrets(text, ALL)).toEqual([]);
  });
});

test('a drawn string is a secret beside a word that names it, and nothing by itself', () => {
  const value = 'q7Zx' + '92LmPw41';
  const secret = (text: string): string[] => findSecrets(text, ALL).map(({ start, end }) => text.slice(start, end));
  for (const text of [
    `password: ${value}`,
    `API_KEY = "${value}"`,
    `{"client_secret": "${value}"}`,
    `密码：${value}，请保密`,
    `my password is ${value}.`,
    `export DB_PASSWORD=${value}`,
  ])
    expect(secret(text), text).toEqual([value]);
  for (const text of [
    value,
    'password: understanding',
    'token: <your-token-here>',
    'secret: ${SECRET_KEY_1}',
    'password = getPassword2()',
    'the secret is out there',
    'api key: https://example.com/a1',
    'password: xxxxxxxx1',
  ])
    expect(secret(text), text).toEqual([]);
});

test('the same secret gets the same placeholder, in columns too', async () => {
  const key = KEYS.github[0]!;
  const other = KEYS.npm[0]!;
  expect(await textsAfter(secretsStep, [`a ${key}`, `${other} b ${key}`])).toEqual([
    'a [SECRET_1]',
    '[SECRET_2] b [SECRET_1]',
  ]);
  const [outcome] = await outcomesOf(secretsStep, [textRow('x', 0, { note: key })]);
  expect(outcome).toMatchObject({ facts: { note: '[SECRET_1]' } });
  expect(await textsAfter(secretsStep, [key, 'x'], { then: 'leave-out' })).toEqual([undefined, 'x']);
  expect(await textsAfter(secretsStep, [key], { github: false })).toEqual([key]);
});
