// All that the data worker answers: the union of its topics.
import type { ConversationsApi } from './chat.api';
import type { ChecksApi } from './checks.api';
import type { DatasetsApi, PreparationApi } from './datasets.api';
import type { EvaluationsApi } from './evaluation.api';
import type { ExportApi } from './export.api';
import type { FeedbackApi } from './feedback.api';
import type { JudgingApi } from './judging.api';
import type { LabelsApi } from './labels.api';
import type { StorageApi } from './machine.api';
import type { ModelsApi, ModelSourcesApi } from './models.api';
import type { RecipesApi } from './recipes.api';
import type { RowTableApi } from './rowTable.api';
import type { QueueApi, StoredRunsApi } from './runs.api';
import type { TokenizersApi } from './tokenizers.api';

/** The CPU worker: parses, tokenizes, stores. All slow calls take progress and a signal; errors are AtelierErrors. */
export type DataApi = DatasetsApi &
  PreparationApi &
  RecipesApi &
  LabelsApi &
  EvaluationsApi &
  RowTableApi &
  TokenizersApi &
  StoredRunsApi &
  QueueApi &
  ModelsApi &
  ModelSourcesApi &
  ConversationsApi &
  FeedbackApi &
  JudgingApi &
  ChecksApi &
  ExportApi &
  StorageApi;
