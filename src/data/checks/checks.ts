/** All checks of the data, in the order in which their findings are shown: what blocks a run first. */
import { answersEmpty } from './answersEmpty';
import type { Check } from './check';
import { nothingGraded } from './nothingGraded';
import { rowsDuplicate } from './rowsDuplicate';
import { rowsFew } from './rowsFew';
import { rowsInBoth } from './rowsInBoth';
import { rowsTruncated } from './rowsTruncated';
import { rowsWithoutGrade } from './rowsWithoutGrade';
import { specialInText } from './specialInText';
import { templateFails } from './templateFails';
import { templateNotPrefix } from './templateNotPrefix';
import { turnEndUngraded } from './turnEndUngraded';

export const CHECKS: readonly Check[] = [
  ...[nothingGraded, templateNotPrefix, templateFails],
  ...[rowsWithoutGrade, rowsTruncated, turnEndUngraded],
  ...[answersEmpty, rowsDuplicate, specialInText, rowsInBoth, rowsFew],
];
