// What the page's state reads of a browser, for tests in Node: imported before anything of `src/app`. Svelte compiles
// for a server here: `$state` is a plain value, and `$state.snapshot` copies nothing.
import { vi } from 'vitest';

vi.stubGlobal('navigator', { languages: ['en'] });
vi.stubGlobal('window', globalThis);
