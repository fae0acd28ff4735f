// What the weights of a run answer while it is under way. Stored weights: chat/loadedModels.ts.
import type { Generated } from '../base/chat';
import { throwIfCancelled } from '../base/errors/errors';
import { createGenerator } from '../engine/generation/decoder';
import type { Model } from '../engine/models/model';
import type { AtelierDb } from '../storage/db';
import { writtenAnswer, type AnswerAsked } from './chat/answer';
import type { Speaker } from './chat/loadedModels';
import { pretrainedOrigin } from './models/pretrained';
import { atOnce, type InTurn } from './occupancy';
import type { Runs } from './runs';

/** Tokens of an answer by the weights that are being trained, at most: the run waits for it. */
const MOST_TOKENS_BESIDE_RUN = 256;

export interface RunAsked {
  db: AtelierDb;
  runs: Runs;
  inTurn: InTurn;
}

/** The model of a run between two of its steps. */
interface RunSpeaker extends Pick<Speaker, 'tokenizer' | 'pretrained'> {
  model: Model;
}

/**
 * Work by the weights of one step, and which step that was. It is one turn, so that no step comes within it: a copy of
 * the weights would let the run go on, but needs memory that the plan of the run does not have. It is short for that.
 * @throws no-run, cancelled
 */
export async function withRunWeights<T extends object>(
  { db, runs, inTurn }: RunAsked,
  signal: AbortSignal,
  work: (speaker: RunSpeaker) => Promise<T>,
): Promise<T & { step: number }> {
  for (;;) {
    const session = await runs.underWay();
    const pretrained = await pretrainedOrigin(db, session.run);
    const answer = await inTurn(async () => {
      if (!runs.isUnderWay(session)) return undefined; // its trainer may be freed
      throwIfCancelled(signal);
      const { trainer, tokenizer } = session;
      const step = trainer.updates;
      return { ...(await work({ model: trainer.model, tokenizer, pretrained })), step };
    });
    if (answer) return answer;
  }
}

export async function answerBeside({ model, ...reads }: RunSpeaker, asked: AnswerAsked): Promise<Generated> {
  const generator = createGenerator(model);
  try {
    return await writtenAnswer({ ...reads, generator }, asked, atOnce, MOST_TOKENS_BESIDE_RUN);
  } finally {
    generator.dispose();
  }
}
