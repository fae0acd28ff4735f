// The script of a model's web page: a conversation with the one model that lies beside it. It knows nothing of the
// studio, and reaches no host but its own.
import { MODEL_FILE, type WebPageModel } from '../../base/wire/webPage';
import { dropOthers, fetchedOrKept, freshOrKept } from './kept';
import { LLAMA_WASM, PageModel, type PageTurn } from './llama';
import { languageOf, PAGE_WORDS, type PageWords } from './words';

let language = languageOf(navigator.languages);
const words = (): PageWords => PAGE_WORDS[language];

type Attributes = Record<string, string>;
function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/** Texts that change with the language, set anew when it changes. */
const spoken: (() => void)[] = [];
function said<E extends HTMLElement>(made: E, text: (words: PageWords) => string): E {
  const speak = (): void => void (made.textContent = text(words()));
  spoken.push(speak);
  speak();
  return made;
}

function showLanguage(): void {
  document.documentElement.lang = language;
  for (const speak of spoken) speak();
}

/** What the status line says, in whichever language. */
let status: (words: PageWords) => string = (w) => w.loading;
const statusLine = said(element('p', { role: 'status', id: 'status' }), (w) => status(w));
function tell(text: (words: PageWords) => string): void {
  status = text;
  statusLine.textContent = text(words());
}

const detailOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const progress = element('progress', { max: '1', value: '0' });
const log = element('div', { role: 'log', id: 'log' });

function about({ card }: WebPageModel): HTMLElement {
  const quoted = card.map((sentence) => element('p', { lang: 'en' }, sentence));
  return element(
    'details',
    { open: '' },
    said(element('summary'), (w) => w.about),
    said(element('p'), (w) => w.is),
    said(element('p', { class: 'not' }), (w) => w.not),
    said(element('h2'), (w) => w.card),
    element('blockquote', {}, ...quoted),
  );
}

function heading({ name }: WebPageModel): HTMLElement {
  const other = said(element('button', { type: 'button' }), (w) => w.other);
  other.onclick = () => {
    language = language === 'zh' ? 'en' : 'zh';
    showLanguage();
  };
  return element('header', {}, element('h1', {}, name), other);
}

/** llama.cpp says it in words only. */
const isTooLong = (thrown: unknown): boolean => /context size/.test(detailOf(thrown));

/** One conversation; an answer under way can be stopped. */
class Talk {
  #turns: PageTurn[] = [];
  #stop: AbortController | undefined;
  readonly #text = element('textarea', { id: 'text', rows: '3', required: '' });
  readonly #greedy = element('input', { type: 'checkbox', id: 'greedy' });
  readonly #send = said(element('button', { type: 'submit', class: 'primary' }), (w) => (this.#stop ? w.stop : w.send));
  readonly form: HTMLFormElement;

  constructor(private readonly model: PageModel) {
    const { chat } = model.facts;
    const again = said(element('button', { type: 'button' }), (w) => w.again);
    again.onclick = () => this.#clear();
    this.form = element(
      'form',
      {},
      said(element('label', { for: 'text' }), (w) => (chat ? w.ask : w.begin)),
      this.#text,
      element(
        'div',
        { class: 'row' },
        this.#greedy,
        said(element('label', { for: 'greedy' }), (w) => w.greedy),
      ),
      element('div', { class: 'row' }, this.#send, again),
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      if (!this.#stop) void this.#ask(this.#text.value);
    };
    // an empty field keeps a form from being sent, and while an answer is written it is empty
    this.#send.onclick = (event) => {
      if (!this.#stop) return;
      event.preventDefault();
      this.#stop.abort();
    };
    this.#text.onkeydown = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#stop) this.form.requestSubmit();
    };
  }

  #clear(): void {
    this.#stop?.abort();
    this.#turns = []; // an answer under way ends in the conversation that it is of
    log.replaceChildren();
  }

  async #ask(text: string): Promise<void> {
    const stop = (this.#stop = new AbortController());
    this.#send.textContent = words().stop;
    this.#text.value = '';
    const turns = this.#turns;
    const asked: PageTurn = { role: 'user', content: text };
    tell(() => '');
    this.#show('you', text);
    const answer = this.#show('model', '');
    const keep = (): unknown => turns.push(asked, { role: 'assistant', content: answer.textContent });
    try {
      await this.#write([...turns, asked], answer, stop.signal);
      keep();
    } catch (thrown) {
      if (!answer.textContent) answer.parentElement?.remove();
      if (stop.signal.aborted) keep();
      else tell((w) => (isTooLong(thrown) ? w.tooLong : w.answerFailed.replace('{detail}', detailOf(thrown))));
    } finally {
      answer.parentElement?.removeAttribute('aria-busy');
      this.#stop = undefined;
      this.#send.textContent = words().send;
      this.#text.focus();
    }
  }

  /** Of a conversation that is longer than the model's context, the oldest turns are left out. */
  async #write(turns: readonly PageTurn[], answer: HTMLElement, signal: AbortSignal): Promise<void> {
    const onText = (more: string): void => void (answer.textContent += more);
    for (let from = 0; ; from += 2) {
      try {
        await this.model.write(turns.slice(from), this.#greedy.checked, onText, signal);
        return;
      } catch (thrown) {
        if (signal.aborted || !isTooLong(thrown) || from + 2 >= turns.length) throw thrown;
      }
    }
  }

  #show(who: 'you' | 'model', text: string): HTMLElement {
    const written = element('p', {}, text);
    log.append(
      element(
        'section',
        { class: who, ...(who === 'model' && { 'aria-busy': 'true' }) },
        said(element('h2'), (w) => w[who]),
        written,
      ),
    );
    return written;
  }
}

/** This visit's page came before the service worker, so it is fetched again, under both of its addresses. */
async function keepShell(): Promise<void> {
  const { origin, pathname } = location;
  for (const page of new Set([new URL('./', location.href).href, origin + pathname])) await freshOrKept(page);
  for (const script of document.querySelectorAll<HTMLScriptElement>('script[src]')) await fetchedOrKept(script.src);
  for (const sheet of document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]'))
    await fetchedOrKept(sheet.href);
  await fetchedOrKept(LLAMA_WASM);
}

/** A second visit needs no network; where the browser has no service workers, it does. */
async function keepForOffline(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register(new URL('offline.js', document.baseURI), { scope: './' });
    await navigator.serviceWorker.ready;
    await keepShell();
    return true;
  } catch {
    return false;
  }
}

async function open(): Promise<void> {
  const page = document.querySelector('#page')!;
  page.replaceChildren(statusLine, progress);
  const offline = await keepForOffline();
  const facts = (await (await freshOrKept(MODEL_FILE)).json()) as WebPageModel;
  document.title = facts.name;
  page.replaceChildren(heading(facts), about(facts), statusLine, progress, log);
  const model = await PageModel.load(facts, (share) => (progress.value = share));
  await dropOthers(facts.version);
  progress.remove();
  tell((w) => (offline ? `${w.loaded} ${w.offline}` : w.loaded));
  page.append(new Talk(model).form);
}

showLanguage();
open().catch((thrown: unknown) => {
  progress.remove();
  tell((w) => w.failed.replace('{detail}', detailOf(thrown)));
});
