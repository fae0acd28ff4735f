// The steps that a recipe can have, in the order in which they are offered and best run: what mends texts first, then
// what leaves rows out, then what puts them on sides, and last what adds rows to the training side.
import { boilerplateStep } from './boilerplate';
import { controlsStep } from './controls';
import { duplicatesStep } from './duplicates';
import { editStep } from './edit';
import { foldStep } from './fold';
import { labelsStep } from './labels';
import { languageStep } from './language';
import { leaksStep } from './leaks';
import { leaveOutStep } from './leaveOut';
import { lengthStep } from './length';
import { markupStep } from './markup';
import { modelRowsStep } from './modelRows';
import { nearDuplicatesStep } from './nearDuplicates';
import { personalDataStep } from './personalData';
import { qualityStep } from './quality';
import { secretsStep } from './secrets';
import { splitStep } from './split';
import { rebalanceStep } from './rebalance';
import type { CleanStep } from './step';
import { synonymsStep } from './synonyms';
import { templatesStep } from './templates';
import { unicodeStep } from './unicode';
import { whitespaceStep } from './whitespace';
import { wordListStep } from './wordList';
import { wordNoiseStep } from './wordNoise';

export const RECIPE_STEPS: readonly CleanStep[] = [
  ...[unicodeStep, controlsStep, markupStep, boilerplateStep, whitespaceStep],
  ...[secretsStep, personalDataStep],
  ...[lengthStep, languageStep, qualityStep, duplicatesStep, nearDuplicatesStep, wordListStep],
  ...[labelsStep, editStep, leaveOutStep, foldStep, splitStep, leaksStep],
  ...[synonymsStep, wordNoiseStep, templatesStep, modelRowsStep, rebalanceStep],
];

/** Undefined for a step that this version does not know. */
export const stepOf = (kind: string): CleanStep | undefined => RECIPE_STEPS.find((step) => step.kind === kind);
