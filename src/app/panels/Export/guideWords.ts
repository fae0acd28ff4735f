// The sentences of the guides: of each program and step, and a whole guide as Markdown for the file itself.
import {
  shellWord,
  namedCommands,
  type ExportChoice,
  type Guide,
  type GuideStep,
  type GuideStepName,
  type ProgramName,
} from '../../../base/wire/guides';
import { m } from '../../words/generated/messages.js';

type Locale = 'en' | 'zh';

/** Without a locale: in the language of the page. */
export const programTitle = (name: ProgramName, locale?: Locale): string => m[`guides_${name}`]({}, { locale });
export const programGood = (name: ProgramName, locale?: Locale): string => m[`guides_${name}_good`]({}, { locale });
export const stepSentence = (name: GuideStepName, locale?: Locale): string => m[`guides_step_${name}`]({}, { locale });

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

function guideIn({ program, steps }: Guide, saved: string, locale: Locale): string {
  const parts = steps.map(
    (step) => `${stepSentence(step.step, locale)}\n\n\`\`\`${step.language}\n${commandsFor(step, saved)}\n\`\`\``,
  );
  return [`## ${programTitle(program, locale)}`, programGood(program, locale), ...parts].join('\n\n');
}

/**
 * All guides of a file in both languages: whoever gets the file may read the other one. Undefined for a kind without.
 * @param saved the name that the person gave the file
 */
export function guideMarkdown({ use }: ExportChoice, saved: string): string | undefined {
  if (use.guides.length === 0) return undefined;
  const languages = (['en', 'zh'] as const).map((locale) =>
    [
      `# ${saved}: ${m.guides_title({}, { locale })}`,
      m.guides_lead({}, { locale }),
      ...use.guides.map((guide) => guideIn(guide, saved, locale)),
    ].join('\n\n'),
  );
  return `${languages.join('\n\n---\n\n')}\n`;
}
