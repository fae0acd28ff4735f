/**
 * The commands that put a saved file to work, each program with its own. The one source of them: the Export screen, its
 * page of guides and the GUIDE.md in a zip show these. No sentences here: the page has them in each language.
 */
import { EXPORT_KINDS, isWholeGguf, type ExportKind } from '../../base/wire/exportKinds';
import { LARGEST_CONTEXT, PROGRAMS, type Guide, type GuideFacts, type ProgramName } from '../../base/wire/guides';
import { phoneGuide, transformersjsGuide, webpageGuide } from './browser';
import { peftGuide, transformersGuide } from './python';
import { llamacppGuide, lmstudioGuide, ollamaGuide, sglangGuide, textgenGuide, vllmGuide } from './servers';
import type { StepsOf } from './steps';

/** Kinds that hold a GGUF of the whole model. */
const GGUF: readonly ExportKind[] = ['ollama', ...(Object.keys(EXPORT_KINDS) as ExportKind[]).filter(isWholeGguf)];

interface Program {
  kinds: readonly ExportKind[];
  steps: StepsOf;
  /** Where it takes less or more than the file says. */
  memory?: (facts: GuideFacts) => Partial<Pick<GuideFacts, 'weightBytes' | 'cacheWidth' | 'context'>>;
  /** Others ask it for the model by name. */
  serves?: true;
}

const shortContext = ({ context }: GuideFacts) => ({ context: Math.min(context, LARGEST_CONTEXT) });
/** They read numbers of 32 bits as 16 unless told otherwise. */
const inHalves = ({ parameters, weightBytes, cacheWidth }: GuideFacts) => ({
  weightBytes: weightBytes - Math.max(0, cacheWidth - 2) * parameters,
  cacheWidth: 2,
});

const GUIDES: Readonly<Record<ProgramName, Program>> = {
  ollama: { kinds: ['ollama'], steps: ollamaGuide, memory: shortContext, serves: true },
  llamacpp: { kinds: [...GGUF, 'gguf-lora'], steps: llamacppGuide, serves: true },
  lmstudio: { kinds: GGUF, steps: lmstudioGuide, serves: true },
  transformers: { kinds: ['safetensors'], steps: transformersGuide },
  peft: { kinds: ['peft'], steps: peftGuide },
  vllm: { kinds: ['safetensors', 'peft'], steps: vllmGuide, memory: inHalves, serves: true },
  sglang: { kinds: ['safetensors', 'peft'], steps: sglangGuide, memory: inHalves, serves: true },
  textgen: { kinds: GGUF, steps: textgenGuide },
  transformersjs: {
    kinds: ['safetensors'],
    steps: transformersjsGuide,
    memory: ({ parameters }) => ({ weightBytes: 4 * parameters, cacheWidth: 4 }), // the converter's own numbers
  },
  webpage: { kinds: ['web-page'], steps: webpageGuide, memory: shortContext },
  phone: { kinds: GGUF, steps: phoneGuide },
};

function guideOf(program: ProgramName, facts: GuideFacts): Guide {
  const { steps, memory, serves } = GUIDES[program];
  const { weightBytes, cacheWidth, context } = { ...facts, ...memory?.(facts) };
  return {
    program,
    steps: steps(facts),
    memory: { weightBytes, cacheBytes: facts.cacheNumbers * cacheWidth * context, context },
    ...(serves && facts.name !== facts.title && { served: facts.name }),
  };
}

/** The guides for a saved file, the most common program first; none for a run that goes on elsewhere. */
export const guidesFor = (facts: GuideFacts): Guide[] =>
  PROGRAMS.filter((program) => GUIDES[program].kinds.includes(facts.kind)).map((program) => guideOf(program, facts));
