import { dawn } from '../dawn';
import { answering, type NanogptFile, type OpenSide, type Question } from './answer';
import { counting } from './counting';

/** A process of one side, so that no two libraries share a TensorFlow.js engine or the queue of a device. */
export async function answerParent(open: OpenSide, nanogptFile: NanogptFile): Promise<void> {
  const answer = answering(open, nanogptFile, counting(dawn()));
  process.on('message', (question: Question) => void answer(question).then((result) => process.send!(result)));
  await new Promise((resolve) => process.once('disconnect', resolve));
}
