// All metrics, by the task whose rows they read, in the order in which they are shown. A new one is a line here, its
// file, and its words in metrics.json.
import type { Metric, MetricTask } from './metric';
import { accuracy } from './classes/accuracy';
import { averagePrecision } from './classes/averagePrecision';
import { calibration } from './classes/calibration';
import { calibrationAdaptive } from './classes/calibrationAdaptive';
import { f1Macro } from './classes/f1Macro';
import { f1Micro } from './classes/f1Micro';
import { f1Weighted } from './classes/f1Weighted';
import { logLoss } from './classes/logLoss';
import { precisionMacro } from './classes/precisionMacro';
import { recallMacro } from './classes/recallMacro';
import { rocAuc } from './classes/rocAuc';
import { answerCharacters } from './generation/answerCharacters';
import { answerTokens } from './generation/answerTokens';
import { bleu } from './generation/bleu';
import { bleuZh } from './generation/bleuZh';
import { callMatch } from './generation/callMatch';
import { chrf } from './generation/chrf';
import { containsText } from './generation/contains';
import { distinct1 } from './generation/distinct1';
import { distinct2 } from './generation/distinct2';
import { distinctAnswers } from './generation/distinctAnswers';
import { exactMatch } from './generation/exactMatch';
import { jsonSchema } from './generation/jsonSchema';
import { lengthRatio } from './generation/lengthRatio';
import { normalisedMatch } from './generation/normalisedMatch';
import { regex } from './generation/regex';
import { repetition } from './generation/repetition';
import { rouge1 } from './generation/rouge1';
import { rouge1Stem } from './generation/rouge1Stem';
import { rouge2 } from './generation/rouge2';
import { rouge2Stem } from './generation/rouge2Stem';
import { rougeL } from './generation/rougeL';
import { rougeLStem } from './generation/rougeLStem';
import { bitsPerByte } from './language/bitsPerByte';
import { bytePerplexity } from './language/bytePerplexity';
import { meanLoss } from './language/loss';
import { perplexity } from './language/perplexity';
import { tokenAccuracy } from './language/tokenAccuracy';
import { wordPerplexity } from './language/wordPerplexity';
import { answeredShare } from './memory/answeredShare';
import { recalledShare } from './memory/recalledShare';
import { recalledWhole } from './memory/recalledWhole';
import { accuracyByByte } from './preference/accuracyByByte';
import { accuracyByCharacter } from './preference/accuracyByCharacter';
import { accuracyByLikelihood } from './preference/accuracyByLikelihood';
import { preferredLikelier } from './preference/preferredLikelier';
import { rewardAccuracy } from './preference/rewardAccuracy';
import { rewardMargin } from './preference/rewardMargin';

export const METRICS: { readonly [T in MetricTask]: readonly Metric<T>[] } = {
  language: [meanLoss, perplexity, bitsPerByte, tokenAccuracy, wordPerplexity, bytePerplexity],
  generation: [
    ...[exactMatch, normalisedMatch, containsText, regex, jsonSchema, callMatch],
    ...[chrf, bleu, bleuZh, rouge1, rouge2, rougeL, rouge1Stem, rouge2Stem, rougeLStem],
    ...[answerCharacters, answerTokens, lengthRatio, distinct1, distinct2, distinctAnswers, repetition],
  ],
  classes: [
    ...[accuracy, f1Macro, f1Micro, f1Weighted, precisionMacro, recallMacro],
    ...[rocAuc, averagePrecision, logLoss, calibration, calibrationAdaptive],
  ],
  preference: [
    ...[preferredLikelier, rewardAccuracy, rewardMargin],
    ...[accuracyByLikelihood, accuracyByCharacter, accuracyByByte],
  ],
  memory: [recalledWhole, recalledShare, answeredShare],
};
