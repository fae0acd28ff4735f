/** What a person can press to mend an error; the app knows where each leads. */
export type Cure = 'open-machine' | 'open-data' | 'open-model' | 'open-runs' | 'reload' | 'retry';
