// The scan for personal data and secrets: megabytes of UTF-8 per second of CPU time on one core. No peer in JavaScript
// finds the same kinds, so there is no ratio.
import { PERSONAL_KINDS, type PersonalKind } from '../../src/data/clean/personal/finder';
import { scanPersonal } from '../../src/data/clean/personal/scan';
import { findSecrets } from '../../src/data/clean/secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from '../../src/data/clean/secret/rules';
import { plantedSet } from '../data/clean/personal/planted';

const MEGABYTES = 6;
const ROUNDS = 4;

interface ScanRate {
  metric: string;
  case: string;
  ours: number;
  found: number;
}

const PROSE =
  'Nobody in the old town knew why the lamp went out, and 3 of them walked down to the water to see. '.repeat(4);
const CHINESE = '今天天气很好，我们一起去公园散步，看到了许多花和树，孩子们在草地上奔跑。'.repeat(5);

const personal = new Set<PersonalKind>(PERSONAL_KINDS);
const secrets = new Set<SecretKind>(SECRET_KINDS);
const SCANS = {
  personal_scan_mb_per_cpu_s: (text: string) => scanPersonal(text, personal, 50).length,
  secrets_scan_mb_per_cpu_s: (text: string) => findSecrets(text, secrets).length,
};

/** Rows of half a kilobyte, each second of which holds personal data. */
export function measurePersonalData(): ScanRate[] {
  const texts = plantedSet(3, 60).map(({ text }) => text);
  const cases = { English: texts.map((text) => PROSE + text), Chinese: texts.map((text) => CHINESE + text) };
  return Object.entries(SCANS).flatMap(([metric, scan]) =>
    Object.entries(cases).map(([name, rows]) => ({ metric, case: name, ...rateOf(rows, scan) })),
  );
}

/** The least time counts: nothing makes work faster than it is. */
function rateOf(rows: readonly string[], scan: (text: string) => number): { ours: number; found: number } {
  const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row), 0);
  const times = Math.max(1, Math.round((MEGABYTES * 1e6) / bytes));
  let [least, found] = [Infinity, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) found = rows.reduce((sum, row) => sum + scan(row), 0);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
  }
  return { ours: Number(((bytes * times) / 1e6 / least).toPrecision(3)), found };
}
