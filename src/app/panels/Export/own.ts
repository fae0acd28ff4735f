// The state of the Export screen, built from the page's world.
import { download } from '../../browser/download';
import { world } from '../../world';
import { ExportState } from './export.svelte';
import { FormsState } from './forms.svelte';
import { guideMarkdown } from './guideWords';
import { pickFile } from './saveFile';
import { VerifyState } from './verify.svelte';

export const exporting = new ExportState({
  ...world,
  verifying: new VerifyState(world),
  pickFile,
  download,
  guideOf: (choice, saved) => guideMarkdown(choice, saved),
});

export const forms = new FormsState(world);
