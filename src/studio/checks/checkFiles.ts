// A regression set as promptfoo's file, and sets that come from files of promptfoo, of lines of JSON and of CSV.
import { AtelierError } from '../../base/errors/errors';
import type { PromptCheck } from '../../base/records/checks';
import type { Id } from '../../base/records/named';
import type { CheckFile, CheckImport } from '../../base/wire/checks';
import { faultOf } from '../../data/expectations/expectation';
import { promptfooFile } from '../../formats/promptfoo/promptfooFile';
import { readChecks } from '../../formats/promptfoo/promptfooReading';
import { decodeText } from '../../formats/text/textFile';
import { getCheckSet, keepCheckSet } from '../../storage/checks';
import type { AtelierDb } from '../../storage/db';

/** Such files are written by hand: a larger one is something else. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Tokens of an answer where a set came from a file. */
const MAX_TOKENS = 200;

/** @param model As Ollama knows it @throws check-set-missing */
export async function checkFile(db: AtelierDb, id: Id, model: string): Promise<CheckFile> {
  const { name, checks, maxTokens } = await getCheckSet(db, id);
  const asked = checks.filter(({ beginning }) => beginning === undefined);
  const blob = new Blob([promptfooFile(name, asked, { model, maxTokens })], { type: 'application/yaml' });
  return { fileName: 'promptfooconfig.yaml', bytes: blob.size, blob, leftOut: checks.length - asked.length };
}

/**
 * Adds the checks of a file to a set, or makes a set of them.
 * @throws check-file, check-many, json-*, text-*, check-set-missing, those of storage
 */
export async function openCheckFile(db: AtelierDb, file: Blob, fileName: string, into?: Id): Promise<CheckImport> {
  let text = '';
  if (file.size > MOST_BYTES) throw new AtelierError('check-file', { file: fileName });
  for await (const part of decodeText(file.stream(), fileName)) text += part;
  const { name, checks: read, unknown, leftOut } = await readChecks(text, fileName);
  const unusable = new Set(unknown);
  const checks = read.map((check): PromptCheck => {
    for (const expectation of check.expects) if (faultOf(expectation)) unusable.add(expectation.type);
    return { ...check, id: crypto.randomUUID(), expects: check.expects.filter((one) => !faultOf(one)) };
  });
  const now = Date.now();
  const set = into === undefined ? undefined : await getCheckSet(db, into);
  const fresh = { createdAt: now, updatedAt: now, maxTokens: MAX_TOKENS, watches: false };
  const id = set?.id ?? crypto.randomUUID();
  const named = name || fileName.replace(/\.\w+$/, '');
  await keepCheckSet(db, { ...(set ?? { ...fresh, id, name: named }), checks: [...(set?.checks ?? []), ...checks] });
  return { id, added: checks.length, unknown: [...unusable], leftOut };
}
