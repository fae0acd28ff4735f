/** All checks of the data, in the order in which their findings are shown: what blocks a run first. */
import { answersBad } from './answersBad';
import { answersEmpty } from './answersEmpty';
import type { Check } from './check';
import { classesFew } from './classesFew';
import { classesHeldOnly } from './classesHeldOnly';
import { newTokenUnused } from './newTokenUnused';
import { nothingGraded } from './nothingGraded';
import { personalData } from './personalData';
import { rowsDuplicate } from './rowsDuplicate';
import { rowsFew } from './rowsFew';
import { rowsInBoth } from './rowsInBoth';
import { rowsNearDuplicate } from './rowsNearDuplicate';
import { rowsTruncated } from './rowsTruncated';
import { rowsUnlabelled } from './rowsUnlabelled';
import { rowsWithoutGrade } from './rowsWithoutGrade';
import { secretsInRows } from './secretsInRows';
import { specialInText } from './specialInText';
import { templateFails } from './templateFails';
import { templateNotPrefix } from './templateNotPrefix';
import { thinkingInText } from './thinkingInText';
import { thoughtsMissing } from './thoughtsMissing';
import { thumbsOneSided } from './thumbsOneSided';
import { toolsUnwritten } from './toolsUnwritten';
import { turnEndUngraded } from './turnEndUngraded';

export const CHECKS: readonly Check[] = [
  ...[nothingGraded, templateNotPrefix, templateFails],
  ...[toolsUnwritten, rowsWithoutGrade, rowsUnlabelled, classesFew, classesHeldOnly],
  ...[answersBad, thumbsOneSided, thinkingInText, thoughtsMissing],
  ...[rowsTruncated, turnEndUngraded],
  ...[answersEmpty, rowsDuplicate, rowsNearDuplicate, specialInText, newTokenUnused, secretsInRows, personalData],
  ...[rowsInBoth, rowsFew],
];
