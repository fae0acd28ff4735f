// The worker of one trial (studio/models/trial.ts): it runs what a model brought, and is terminated then, ended or not.
import { trialApi } from '../src/studio/models/trial';
import { serve } from './wire';

serve(trialApi);
