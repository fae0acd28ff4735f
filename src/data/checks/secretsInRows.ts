/** Rows with what looks like a key, a token or a password, which a model can repeat. */
import { findSecrets } from '../clean/secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from '../clean/secret/rules';
import { lookPerRow, type Check } from './check';

const ALL = new Set<SecretKind>(SECRET_KINDS);

export const secretsInRows: Check = {
  code: 'secrets-in-rows',
  level: 'warn',
  look: () => lookPerRow(({ text }) => findSecrets(text, ALL).length > 0),
};
