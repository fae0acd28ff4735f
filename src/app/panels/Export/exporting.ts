// The one state of the Export screen, built on the page's workers and lists.
import { connectLlama } from '../../frames';
import { dataWorker, gpuWorker } from '../../remote';
import { download } from '../../browser/download';
import { models } from '../../state/models.svelte';
import { runs } from '../../state/runs.svelte';
import { ExportState } from './export.svelte';
import { pickFile } from './saveFile';
import { VerifyState } from './verify.svelte';

const verifying = new VerifyState({ gpu: gpuWorker, connectLlama });

export const exporting = new ExportState({ data: dataWorker, runs, models, verifying, pickFile, download });
