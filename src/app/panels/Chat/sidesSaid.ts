// The classes that models gave a text, in a sentence: what is read out of an answer with its sides.
import { AtelierError } from '../../../base/errors/errors';
import { answeredClasses, type Thresholds } from '../../../base/wire/classes';
import { classesSaid } from './answerWords';
import type { ClassesSide, ClassifiedText } from './classifying.svelte';

/** The classes of each model that was asked, those that failed left out. */
export const saidOf = ({ sides }: ClassifiedText, thresholdsOf: (side: ClassesSide) => Thresholds): string =>
  sides
    .flatMap((side) => {
      const { name, classes, found } = side;
      if (found instanceof AtelierError) return [];
      const said = classesSaid(classes, answeredClasses(classes, found.probabilities, thresholdsOf(side)));
      return [sides.length > 1 ? `${name}: ${said}` : said];
    })
    .join('; ');
