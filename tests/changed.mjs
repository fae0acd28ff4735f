// What `npm run quick` lints: the files that differ from where this branch left the main one. Plain Node.
// @ts-check
import { spawnSync } from 'node:child_process';

/** A change of one of these may change what is said about any file. */
const RULES = /^(eslint\.config\.js|\.prettierrc\.json|\.prettierignore|package-lock\.json|tsconfig[^/]*\.json)$/;

/** @typedef {(...args: string[]) => string | undefined} Git gives what is printed; undefined where git fails */

/** @param {string} cwd @returns {Git} */
const gitIn =
  (cwd) =>
  (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  };

/** The commit where this branch left the one that it goes into: its upstream, else the main branch. @param {Git} git */
function base(git) {
  for (const branch of ['@{upstream}', 'origin/HEAD', 'main']) {
    const commit = git('merge-base', 'HEAD', branch);
    if (commit !== undefined) return commit.trim();
  }
  return undefined;
}

/**
 * Paths from the root to lint: those changed since the base or not yet tracked; none where nothing changed.
 * All (`.`) where git cannot tell, or where the rules themselves changed.
 *
 * @param {string} root @returns {string[]}
 */
export function changedFiles(root) {
  const git = gitIn(root);
  const from = base(git);
  if (from === undefined) return ['.'];
  // `d`: a deleted file cannot be read. `-z`: names are not quoted.
  const changed = git('diff', '--name-only', '--diff-filter=d', '--relative', '-z', from);
  const untracked = git('ls-files', '--others', '--exclude-standard', '-z');
  if (changed === undefined || untracked === undefined) return ['.'];
  const paths = (changed + untracked).split('\0').filter((path) => path !== '');
  return paths.some((path) => RULES.test(path)) ? ['.'] : paths;
}
