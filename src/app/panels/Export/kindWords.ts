// The words of each kind of export, found by its name: `export_kind_<kind>` and `export_opens_<kind>` in
// words/*/export.json.
import type { ExportKind } from '../../../base/wire/exportKinds';
import { m } from '../../words/generated/messages.js';

type Underscored<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Name;
const underscored = (kind: ExportKind) => kind.replaceAll('-', '_') as Underscored<ExportKind>;

export const kindLabel = (kind: ExportKind): string => m[`export_kind_${underscored(kind)}`]();

/** Which programs open it, and what it holds. */
export const kindOpens = (kind: ExportKind): string => m[`export_opens_${underscored(kind)}`]();
