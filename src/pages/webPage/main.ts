// The script of a model's web page: a conversation with the one model that lies beside it. It knows nothing of the
// studio, and reaches no host but its own.
import { MODEL_FILE, type WebPageModel } from '../../base/wire/webPage';
import { commit, fetchedOrKept, freshOrKept, keptAt } from './kept';
import { LLAMA_WASM, PageModel, partPaths, type AnswerSpeed, type PageTurn } from './llama';
import { logLines } from './log';
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
  const quoted = card.en.map((_, i) => said(element('p'), () => card[language][i] ?? ''));
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

const speedOf = ({ tokens, perSecond }: AnswerSpeed): HTMLElement =>
  said(element('small'), (w) => w.speed.replace('{tokens}', String(tokens)).replace('{speed}', perSecond.toFixed(1)));

/** One conversation; an answer under way can be stopped. */
class Talk {
  #turns: PageTurn[] = [];
  #stop: AbortController | undefined;
  readonly #text = element('textarea', { id: 'text', rows: '3', required: '' });
  /** When each answer came. */
  #times: Date[] = [];
  readonly #save = said(element('button', { type: 'button', hidden: '' }), (w) => w.save);
  readonly #greedy = element('input', { type: 'checkbox', id: 'greedy' });
  readonly #send = said(element('button', { type: 'submit', class: 'primary' }), (w) => (this.#stop ? w.stop : w.send));
  readonly form: HTMLFormElement;

  constructor(private readonly model: PageModel) {
    const { chat } = model.facts;
    const again = said(element('button', { type: 'button' }), (w) => w.again);
    again.onclick = () => this.#clear();
    this.#save.onclick = () => this.#saveLog();
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
      element('div', { class: 'row' }, this.#send, again, this.#save),
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
    [this.#turns, this.#times] = [[], []]; // an answer under way ends in the conversation that it is of
    this.#save.hidden = true;
    log.replaceChildren();
  }

  /** To a file alone: the page reaches no host. */
  #saveLog(): void {
    const lines = logLines(this.model.facts, this.#turns, this.#times);
    const href = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }));
    element('a', { href, download: `${this.model.facts.file}-log.jsonl` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  async #ask(text: string): Promise<void> {
    const stop = (this.#stop = new AbortController());
    this.#send.textContent = words().stop;
    this.#text.value = '';
    const [turns, times] = [this.#turns, this.#times];
    const asked: PageTurn = { role: 'user', content: text };
    tell(() => '');
    this.#show('you', text);
    const answer = this.#show('model', '');
    const keep = (): void => {
      turns.push(asked, { role: 'assistant', content: answer.textContent });
      times.push(new Date());
      this.#save.hidden = this.#turns.length === 0;
    };
    try {
      const speed = await this.#write([...turns, asked], answer, stop.signal);
      keep();
      if (speed) answer.after(speedOf(speed));
    } catch (thrown) {
      if (!answer.textContent) answer.parentElement?.remove();
      if (stop.signal.aborted) keep();
      else {
        this.#text.value ||= text; // to be sent again, or shortened
        tell((w) => (isTooLong(thrown) ? w.tooLong : w.answerFailed.replace('{detail}', detailOf(thrown))));
      }
    } finally {
      answer.parentElement?.removeAttribute('aria-busy');
      this.#stop = undefined;
      this.#send.textContent = words().send;
      this.#text.focus();
    }
  }

  /** Of a conversation that is longer than the model's context, the oldest turns are left out. */
  async #write(turns: readonly PageTurn[], answer: HTMLElement, signal: AbortSignal): Promise<AnswerSpeed | undefined> {
    const onText = (more: string): void => void (answer.textContent += more);
    for (let from = 0; ; from += 2) {
      try {
        return await this.model.write(turns.slice(from), this.#greedy.checked, onText, signal);
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

/** The page as a later visit is given it, and all that it begins with. */
interface Shell {
  html: string;
  files: string[];
}

const filesOf = (page: Document): string[] =>
  [...page.querySelectorAll('script[src], link[rel=stylesheet]')].map(
    (one) => new URL(one.getAttribute('src') ?? one.getAttribute('href')!, location.href).href,
  );

/** This visit's page came before the service worker, so it is fetched again; undefined where another has come since. */
async function shellHere(): Promise<Shell | undefined> {
  const html = await (await freshOrKept(FOLDER)).text();
  const files = filesOf(new DOMParser().parseFromString(html, 'text/html'));
  if (files.join() !== filesOf(document).join()) return undefined;
  for (const file of [...files, LLAMA_WASM]) await fetchedOrKept(file);
  return { html, files: [...files, LLAMA_WASM] };
}

/** A second visit needs no network; where the browser has no service workers, it does. */
async function shellForOffline(): Promise<Shell | undefined> {
  if (!('serviceWorker' in navigator)) return undefined;
  try {
    await navigator.serviceWorker.register(new URL('offline.js', document.baseURI), { scope: './' });
    await navigator.serviceWorker.ready;
    return await shellHere();
  } catch {
    return undefined;
  }
}

const FOLDER = new URL('./', location.href).href;

async function keepForOffline(shell: Shell | undefined, facts: WebPageModel): Promise<boolean> {
  if (!shell) return false;
  const pages = [
    { path: FOLDER, text: shell.html, type: 'text/html; charset=utf-8' },
    { path: MODEL_FILE, text: JSON.stringify(facts), type: 'application/json' },
  ];
  return commit(pages, [...shell.files, ...partPaths(facts)]);
}

/** The version on the server; where it cannot be had whole, the one that an earlier visit kept. */
async function loadNewest(facts: WebPageModel): Promise<{ model: PageModel; missed?: unknown }> {
  const load = (of: WebPageModel) => PageModel.load(of, (share) => (progress.value = share));
  try {
    return { model: await load(facts) };
  } catch (missed) {
    const kept = (await (await keptAt(MODEL_FILE))?.json()) as WebPageModel | undefined;
    if (!kept || kept.version === facts.version) throw missed;
    return { model: await load(kept), missed };
  }
}

async function open(): Promise<void> {
  const page = document.querySelector('#page')!;
  page.replaceChildren(statusLine, progress);
  const shell = await shellForOffline();
  const facts = (await (await freshOrKept(MODEL_FILE)).json()) as WebPageModel;
  const show = (of: WebPageModel): void => {
    document.title = of.name;
    page.replaceChildren(heading(of), about(of), statusLine, progress, log);
  };
  show(facts);
  const { model, missed } = await loadNewest(facts);
  if (missed !== undefined) {
    show(model.facts);
    tell((w) => w.older.replace('{detail}', detailOf(missed)));
  } else {
    const offline = await keepForOffline(shell, facts);
    tell((w) => (offline ? `${w.loaded} ${w.offline}` : w.loaded));
  }
  progress.remove();
  page.append(new Talk(model).form);
}

showLanguage();
open().catch((thrown: unknown) => {
  progress.remove();
  tell((w) => w.failed.replace('{detail}', detailOf(thrown)));
});
