// All that the GPU worker answers: the union of its topics.
import type { GenerationApi } from './chat.api';
import type { EvaluatingApi } from './evaluation.api';
import type { VerificationApi } from './export.api';
import type { ComputeApi } from './machine.api';
import type { TrainingApi } from './runs.api';
import type { ScoringApi } from './scoring.api';

/** The GPU worker: trains, generates, saves checkpoints. One run at a time; generation takes its turn between steps. */
export type GpuApi = ComputeApi & TrainingApi & GenerationApi & ScoringApi & EvaluatingApi & VerificationApi;
