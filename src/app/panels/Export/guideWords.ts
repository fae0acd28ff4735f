// The sentences of the guides: of each program and step, and a whole guide as Markdown for the file itself.
import { markdownText } from '../../../base/markdown';
import { isAdapterAlone, type ExportKind } from '../../../base/wire/exportKinds';
import {
  PROGRAMS,
  shellWord,
  namedCommands,
  type ExportChoice,
  type Guide,
  type GuideStep,
  type GuideStepName,
  type ProgramName,
} from '../../../base/wire/guides';
import { formatFor } from '../../words/format';
import { m } from '../../words/generated/messages.js';

type Locale = 'en' | 'zh';

/** Without a locale: in the language of the page. */
export const programTitle = (name: ProgramName, locale?: Locale): string => m[`guides_${name}`]({}, { locale });
export const programGood = (name: ProgramName, locale?: Locale): string => m[`guides_${name}_good`]({}, { locale });

type Sentence = typeof m.guides_step_run;
/** Where a step is another than what its name says of all programs. */
const OWN: Partial<Record<ProgramName, Partial<Record<GuideStepName, Sentence>>>> = {
  llamacpp: { folder: m.guides_llamacpp_folder },
  ollama: { update: m.guides_ollama_update, switch: m.guides_ollama_switch },
  lmstudio: { update: m.guides_lmstudio_update, switch: m.guides_lmstudio_switch },
  transformers: { update: m.guides_transformers_update },
  peft: { update: m.guides_peft_update },
  vllm: { serve: m.guides_vllm_serve },
  sglang: { serve: m.guides_sglang_serve },
  textgen: { run: m.guides_textgen_run },
  transformersjs: {
    measure: m.guides_transformersjs_measure,
    update: m.guides_transformersjs_update,
    log: m.guides_transformersjs_log,
  },
  webpage: {
    measure: m.guides_webpage_measure,
    update: m.guides_webpage_update,
    switch: m.guides_webpage_switch,
    log: m.guides_webpage_log,
  },
  phone: {
    serve: m.guides_phone_serve,
    measure: m.guides_phone_measure,
    update: m.guides_phone_update,
    log: m.guides_phone_log,
  },
};

export const stepSentence = (program: ProgramName, name: GuideStepName, locale?: Locale): string =>
  (OWN[program]?.[name] ?? m[`guides_step_${name}`])({}, { locale });

/** Each program with the first kind of file that it reads, and again with the first kind of an adapter alone. */
export const guidesOfAll = (choices: readonly ExportChoice[]): { guide: Guide; choice: ExportChoice }[] =>
  PROGRAMS.flatMap((program) =>
    [false, true].flatMap((alone) => {
      const found = choices
        .filter(({ kind }) => isAdapterAlone(kind) === alone)
        .flatMap((choice) => choice.use.guides.map((guide) => ({ guide, choice })))
        .find(({ guide }) => guide.program === program);
      return found ? [found] : [];
    }),
  );

/** What it needs to run, of the numbers of the model; an adapter needs its base too. */
export function memorySentence({ memory }: Guide, kind: ExportKind, locale: Locale): string {
  const { bytes, integer } = formatFor(locale);
  const { weightBytes, cacheBytes, context } = memory;
  const facts = {
    total: bytes(weightBytes + cacheBytes),
    weights: bytes(weightBytes),
    cache: bytes(cacheBytes),
    context: integer(context),
  };
  return (isAdapterAlone(kind) ? m.guides_memory_base : m.guides_memory)(facts, { locale });
}

/** Undefined where its server calls the model as the studio does, or has no name for it. */
export const servedSentence = ({ served }: Guide, name: string, locale?: Locale): string | undefined =>
  served === undefined ? undefined : m.guides_served({ name, served }, { locale });

const folderOf = (file: string): string => file.replace(/\.(zip|gguf)$/i, '');

/** A shell takes some characters for more than letters of a name; in the other languages names stand in quotes. */
function quotedIn(language: GuideStep['language'], name: string): string {
  if (language === 'sh') return shellWord(name.startsWith('-') ? `./${name}` : name);
  return JSON.stringify(name)
    .slice(1, -1)
    .replaceAll("'", language === 'js' ? "\\'" : "'");
}

/** The commands of a step, for the name that the person gave the file. */
export const commandsFor = ({ commands, language }: GuideStep, saved: string): string =>
  namedCommands(commands, (_, ending) => quotedIn(language, ending === '' ? folderOf(saved) : saved));

function guideIn(guide: Guide, { kind, use }: ExportChoice, saved: string, locale: Locale): string {
  const { program, steps } = guide;
  const served = servedSentence(guide, markdownText(use.name), locale);
  const parts = steps.map((step) => {
    const sentence = stepSentence(program, step.step, locale);
    return step.commands === ''
      ? sentence
      : `${sentence}\n\n\`\`\`${step.language}\n${commandsFor(step, saved)}\n\`\`\``;
  });
  const head = [programGood(program, locale), memorySentence(guide, kind, locale), ...(served ? [served] : [])];
  return [`## ${programTitle(program, locale)}`, ...head, ...parts].join('\n\n');
}

/**
 * All guides of a file in both languages: whoever gets the file may read the other one. Undefined for a kind without.
 * @param saved the name that the person gave the file
 */
export function guideMarkdown(choice: ExportChoice, saved: string): string | undefined {
  const { guides } = choice.use;
  if (guides.length === 0) return undefined;
  const languages = (['en', 'zh'] as const).map((locale) =>
    [
      `# ${markdownText(saved)}: ${m.guides_title({}, { locale })}`,
      m.guides_lead({}, { locale }),
      ...guides.map((guide) => guideIn(guide, choice, saved, locale)),
    ].join('\n\n'),
  );
  return `${languages.join('\n\n---\n\n')}\n`;
}
