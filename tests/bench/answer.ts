import type { BenchCase } from './cases';
import { measured, type Counts, type Generated, type Measured, type Report, type Side, type Turn } from './side';

/** One thing is asked at a time, of a side in a process or worker of its own. */
export type Question =
  { open: BenchCase } | { from: number; count: number } | { prompt: number[]; count: number } | 'report';
export type Answer =
  | { opened: true }
  | { turn: Turn }
  | { generated: Generated | undefined }
  | { report: Report | undefined }
  | { failed: string };

/** Imports a file of @genai-fi/nanogpt by its path in the package's `dist`, as Node and a browser do it. */
export type NanogptFile = (file: string) => Promise<unknown>;
export type OpenSide = (bench: BenchCase, nanogptFile: NanogptFile) => Promise<Side>;

/** Answers questions to one side, whose clock is here: what messages take is not measured. */
export function answering(open: OpenSide, nanogptFile: NanogptFile, counts: Counts) {
  let side: Measured | undefined;
  const answer = async (question: Question): Promise<Answer> => {
    if (question === 'report') return { report: await side!.report() };
    if ('from' in question) return { turn: await side!.turn(question.from, question.count) };
    if ('prompt' in question)
      return { generated: await side!.generate(Int32Array.from(question.prompt), question.count) };
    side = measured(await open(question.open, nanogptFile), counts);
    return { opened: true };
  };
  return (question: Question): Promise<Answer> =>
    answer(question).catch((thrown: unknown) => ({
      failed: thrown instanceof Error ? thrown.message : String(thrown),
    }));
}

/** A side by its answers. @throws with its own words where it can't be opened */
export async function remote(
  ask: (question: Question) => Promise<Answer>,
  close: () => void,
  bench: BenchCase,
): Promise<Measured> {
  const asked = async <K extends string>(
    question: Question,
    key: K,
  ): Promise<Extract<Answer, Record<K, unknown>>[K]> => {
    const answer = await ask(question);
    if ('failed' in answer) throw new Error(answer.failed);
    if (!(key in answer)) throw new Error('the side answered something else');
    return (answer as Extract<Answer, Record<K, unknown>>)[key];
  };
  try {
    await asked({ open: bench }, 'opened');
  } catch (thrown) {
    close();
    throw thrown;
  }
  return {
    turn: (from, count) => asked({ from, count }, 'turn'),
    generate: (prompt, count) => asked({ prompt: [...prompt], count }, 'generated'),
    report: () => asked('report', 'report'),
    close,
  };
}
