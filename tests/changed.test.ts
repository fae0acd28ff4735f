// The files that `npm run quick` lints, in a repository made for it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { changedFiles } from './changed.mjs';

let root: string;
const git = (...args: string[]): void => void execFileSync('git', ['-c', 'core.hooksPath=', ...args], { cwd: root });
const write = (path: string, text = path): void => writeFileSync(join(root, path), text);
const commit = (): void => {
  git('add', '-A');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x');
};

describe.skipIf(spawnSync('git', ['--version']).status !== 0)('changed files', () => {
  beforeEach(() => {
    // a hook of git sets them, for its own repository
    for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) vi.stubEnv(name, undefined);
    root = mkdtempSync(join(tmpdir(), 'atelier-changed-'));
    mkdirSync(join(root, 'a'));
    git('init', '-q', '-b', 'main');
    for (const path of ['kept.ts', 'edited.ts', 'gone.ts', 'a/moved.ts', 'tsconfig.json']) write(path);
    write('.gitignore', 'built\n');
    commit();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  test('of a branch: its commits, edits, moves and new files; not what main did since, what is gone or ignored', () => {
    git('switch', '-qc', 'work');
    write('a/committed ü.ts');
    git('mv', 'a/moved.ts', 'a/here.ts');
    commit();
    git('switch', '-q', 'main');
    write('kept.ts', 'main goes on');
    commit();
    git('switch', '-q', 'work');
    write('edited.ts', 'edited');
    write('a/new.ts');
    write('built');
    rmSync(join(root, 'gone.ts'));
    expect(changedFiles(root).sort()).toEqual(['a/committed ü.ts', 'a/here.ts', 'a/new.ts', 'edited.ts']);
  });

  test('nothing where nothing changed', () => {
    expect(changedFiles(root)).toEqual([]);
  });

  test('all where a rule changed', () => {
    write('tsconfig.json', '{}');
    expect(changedFiles(root)).toEqual(['.']);
  });

  test('all where git knows of no branch to compare with', () => {
    git('branch', '-m', 'other');
    expect(changedFiles(root)).toEqual(['.']);
  });
});
