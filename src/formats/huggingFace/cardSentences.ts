// What a card says of a model as a whole, in both languages: what it is, its licence, its limits. The card itself is
// English (modelCard.ts); a model's web page speaks both.
import type { LoraShape } from '../../base/lora';
import { architectureOf, type Family, type ModelShape } from '../../base/modelShape';
import type { PageLanguage } from '../../base/wire/webPage';

/** One of the adapters that were added up. */
interface Part {
  name: string;
  weight: number;
}

export interface SentenceFacts {
  /** What lies beside the card: a whole model, an adapter alone, or the model as a GGUF in a web page. */
  holds: 'model' | 'adapter' | 'page';
  model: ModelShape;
  origin: 'scratch' | { tunedFrom: string } | { importedFrom: string } | { joinedFrom: Part[] };
  /** The published model that it was tuned from, through however many runs. */
  base?: { name: string; repository?: string; revision?: string; licence?: string };
  /** The weights of the base stayed as they were, and this was trained beside them. */
  adapter?: LoraShape;
}

/** Writes a name so that the text around it is not changed by it. */
type Spell = (name: string) => string;

interface CardWords {
  intro(facts: SentenceFacts, spell: Spell): string;
  licence(facts: SentenceFacts, spell: Spell): string;
  limits(facts: SentenceFacts): string;
}

const FAMILY: Record<Family, string> = {
  llama: 'Llama',
  qwen2: 'Qwen 2',
  qwen3: 'Qwen 3',
  gemma3: 'Gemma 3',
  gpt2: 'GPT-2',
};
const familyOf = ({ model }: SentenceFacts): string => FAMILY[architectureOf(model).family];

/** The adapter is in the weights that lie beside the card. */
const isMerged = ({ holds, adapter }: SentenceFacts): boolean => holds !== 'adapter' && adapter !== undefined;

const partsOf = (parts: readonly Part[], spell: Spell, and: string): string =>
  parts.map(({ name, weight }) => `${weight} × “${spell(name)}”`).join(and);

/** Of whose limits and licence none is known but by the person who made it. */
const isOwn = ({ origin, base }: SentenceFacts): boolean => origin === 'scratch' || !base;

/** A published model as it came: nothing was tuned here, so that it is its own base. */
export const isUnchanged = ({ origin, adapter }: SentenceFacts): boolean =>
  origin !== 'scratch' && 'importedFrom' in origin && !adapter;

function madeEnglish({ origin }: SentenceFacts, spell: Spell): string {
  if (origin === 'scratch') return 'trained from scratch';
  if ('joinedFrom' in origin) return `added up of ${partsOf(origin.joinedFrom, spell, ' and ')}`;
  return 'tunedFrom' in origin
    ? `tuned from “${spell(origin.tunedFrom)}”`
    : `imported from “${spell(origin.importedFrom)}”`;
}

/**
 * What was tuned from a model is under its licence; of a text that a model was made of here, nobody but the person
 * knows.
 */
const ENGLISH: CardWords = {
  intro(f, spell) {
    const what = f.holds === 'adapter' ? 'A low-rank adapter (LoRA) for a language model' : 'A language model';
    const merged = isMerged(f) ? ' A low-rank adapter (LoRA) was trained and is added into the weights.' : '';
    return `${what} of the ${familyOf(f)} architecture, ${madeEnglish(f, spell)} in a browser tab with Atelier.${merged}`;
  },
  licence(f, spell) {
    const { base } = f;
    if (isOwn(f) || !base)
      return 'Its maker has named none; what it may be used for depends on the texts that it learned from.';
    if (isUnchanged(f))
      return base.licence === undefined
        ? 'Its files name none: look it up before you pass this on.'
        : `As its files say: ${spell(base.licence)}.`;
    return base.licence === undefined
      ? `The files of the base, ${spell(base.name)}, name none: look it up before you pass this on.`
      : `That of the base, ${spell(base.name)}: ${spell(base.licence)}.`;
  },
  limits(f) {
    if (isOwn(f))
      return 'It knows only the text it was trained on, says things that are not true, and can repeat that text word for word.';
    return isUnchanged(f)
      ? 'The card that it was published with names its limits. It says things that are not true, and can repeat the text that it was trained on word for word.'
      : 'It has the limits of its base, which its own card names, and may have forgotten some of what the base knew. It says things that are not true, and can repeat the text that it was tuned on word for word.';
  },
};

function madeChinese({ origin }: SentenceFacts, spell: Spell): string {
  if (origin === 'scratch') return '从头训练而成';
  if ('joinedFrom' in origin) return `由 ${partsOf(origin.joinedFrom, spell, ' 与 ')} 相加而成`;
  return 'tunedFrom' in origin ? `由“${spell(origin.tunedFrom)}”微调而成` : `从“${spell(origin.importedFrom)}”导入`;
}

const CHINESE: CardWords = {
  intro(f, spell) {
    const what = f.holds === 'adapter' ? '语言模型的低秩适配器（LoRA）' : '语言模型';
    const merged = isMerged(f) ? '训练了一个低秩适配器（LoRA），并已合入权重。' : '';
    return `${familyOf(f)} 架构的${what}，用 Atelier 在浏览器中${madeChinese(f, spell)}。${merged}`;
  },
  licence(f, spell) {
    const { base } = f;
    if (isOwn(f) || !base) return '制作者没有指明；可用于什么，取决于它所学的文本。';
    if (isUnchanged(f))
      return base.licence === undefined
        ? '它的文件没有指明；转交他人之前请先查明。'
        : `按其文件所述：${spell(base.licence)}。`;
    return base.licence === undefined
      ? `基础模型 ${spell(base.name)} 的文件没有指明；转交他人之前请先查明。`
      : `与基础模型 ${spell(base.name)} 相同：${spell(base.licence)}。`;
  },
  limits(f) {
    if (isOwn(f)) return '它只知道训练文本中的内容，会说出不真实的话，也可能逐字重复那些文本。';
    return isUnchanged(f)
      ? '它的局限见其发布时的模型卡。它会说出不真实的话，也可能逐字重复训练文本。'
      : '它有基础模型的局限（见其模型卡），也可能忘记了基础模型原本知道的一些内容。它会说出不真实的话，也可能逐字重复微调所用的文本。';
  },
};

export const CARD_WORDS: Readonly<Record<PageLanguage, CardWords>> = { en: ENGLISH, zh: CHINESE };

const plain: Spell = (name) => name;
const LICENCE: Readonly<Record<PageLanguage, string>> = { en: 'Licence: ', zh: '许可：' };

/** As plain text. */
export function cardSentences(facts: SentenceFacts, language: PageLanguage): string[] {
  const { intro, licence, limits } = CARD_WORDS[language];
  return [intro(facts, plain), LICENCE[language] + licence(facts, plain), limits(facts)];
}
