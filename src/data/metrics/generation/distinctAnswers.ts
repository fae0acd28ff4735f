// How many different answers there are among all: a model that says one thing to everything has few.
import { distinctMetric } from './distinctRuns';

export const distinctAnswers = distinctMetric('distinctAnswers', (answer) => [answer.trim()]);
