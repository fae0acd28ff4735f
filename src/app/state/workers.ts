// The two workers as the state classes are handed them: interfaces only, so that a test hands in its own.
import type { DataApi } from '../../../workers/data.api';
import type { GpuApi } from '../../../workers/gpu.api';

export interface Workers {
  data: DataApi;
  gpu: GpuApi;
}
