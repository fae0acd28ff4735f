// Opens whatever a person chose as a model: a GGUF by its content, else a folder or zip as Hugging Face publishes it.
import type { ModelRecord } from '../../base/records/model';
import type { AtelierDb } from '../../storage/db';
import { chosen, modelFolder } from './modelFolder';
import { ggufsAmong, keepGguf } from './openGguf';
import { keepModel, type OpenOptions } from './openModel';

/** @throws what `keepModel` and `keepGguf` throw, zip-*, model-file-missing, adapter-alone */
export async function openFiles(db: AtelierDb, files: readonly File[], options: OpenOptions): Promise<ModelRecord> {
  const found = await chosen(files);
  const ggufs = await ggufsAmong(found.parts, found.zipped);
  return ggufs.length ? keepGguf(db, ggufs, options) : keepModel(db, modelFolder(found), options);
}
