import '../page';
import { expect, test, vi } from 'vitest';
import { Shortcuts } from '../../../src/app/state/shortcuts.svelte';
import { Toasts } from '../../../src/app/state/toasts.svelte';
import { Inspector } from '../../../src/app/state/inspector.svelte';
import type { Router } from '../../../src/app/state/router.svelte';

class Element extends EventTarget {
  isContentEditable = false;
  blur(): void {
    this.dispatchEvent(new Event('change'));
  }
  focus = vi.fn();
}
class Input extends Element {
  type = 'text';
}
vi.stubGlobal('HTMLElement', Element);
vi.stubGlobal('HTMLInputElement', Input);
vi.stubGlobal('HTMLTextAreaElement', class extends Element {});

test('a chord acts on what is typed in the field that has the focus, which keeps it', () => {
  const router = { go: () => undefined } as Partial<Router> as Router;
  const shortcuts = new Shortcuts({ inspector: new Inspector(), router, toasts: new Toasts() });
  const field = new Input();
  let committed = false;
  field.addEventListener('change', () => (committed = true));
  let seen: boolean | undefined;
  shortcuts.bind(
    'Ctrl+Enter',
    () => 'Start',
    () => (seen = committed),
  );
  const event = Object.assign(new Event('keydown'), { key: 'Enter', ctrlKey: true, metaKey: false, altKey: false });
  Object.defineProperty(event, 'target', { value: field });
  shortcuts.handle(event as Event as KeyboardEvent, []);
  expect(seen).toBe(true);
  expect(field.focus).toHaveBeenCalledOnce();
});
