import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const SEEDED = 'Draw from a named stream of src/base/numbers/rng.ts: a run must be repeatable.';

export default ts.config(
  {
    ignores: ['dist', 'node_modules', 'shared', 'src/app/words/generated', 'tests/e2e/probe'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [...ts.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.app.json', './tsconfig.e2e.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      // Numbers and records are what this code is about; an index that the types call possible is written with `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A function of an async interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Engines are loops over indices of several arrays.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // Interfaces here are records of closures, which carry no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A type parameter used once, or a literal beside `string`, tells the reader something.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Stated for libraries whose enums and classes we only hold, never make (uPlot, tfjs).
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-undef': 'off', // TypeScript's work
      'max-lines': ['error', 450],
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-console': 'error',
    },
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      // Most sets and maps are plain locals; where one is state, it is declared as such.
      'svelte/prefer-svelte-reactivity': 'off',
      // The policy refuses style attributes written in markup; style:name={…} goes through the CSSOM and is fine.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"] > SvelteLiteral',
          message: 'Use style:name={…}: the policy refuses this.',
        },
      ],
      // Here the linter sees components of other files as `any`; svelte-check knows their types and checks them strictly.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Props are declared with `let`, also where only some of them are written.
      'prefer-const': 'off',
    },
  },
  {
    files: [
      'src/base/**',
      'src/formats/**',
      'src/data/**',
      'src/engine/**',
      'src/studio/**',
      'src/storage/**',
      'tests/**',
    ],
    rules: { 'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: SEEDED }] },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['tests/**', 'src/build/**'],
    rules: { 'no-console': 'off' },
  },
);
