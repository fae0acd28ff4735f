/**
 * The commands that put a saved file to work, each program with its own. The one source of them: the Export screen, its
 * page of guides and the GUIDE.md in a zip show these. No sentences here: the page has them in each language.
 */
import { EXPORT_KINDS, isWholeGguf, type ExportKind } from '../../base/wire/exportKinds';
import {
  PROGRAMS,
  shellWord,
  type Guide,
  type GuideFacts,
  type GuideStep,
  type GuideStepName,
  type ProgramName,
} from '../../base/wire/guides';
import { askServer, logPython, logServer, measurePython, writePython } from './python';

type StepsOf = (facts: GuideFacts) => GuideStep[];

const sh = (step: GuideStepName, ...commands: string[]): GuideStep => ({
  step,
  commands: commands.join('\n'),
  language: 'sh',
});

/** Kinds that hold a GGUF of the whole model. */
const GGUF: readonly ExportKind[] = ['ollama', ...(Object.keys(EXPORT_KINDS) as ExportKind[]).filter(isWholeGguf)];

/** The folder that a zip is unpacked into. */
const folderOf = ({ file }: GuideFacts): string => file.replace(/\.zip$/i, '');

const unpack = (facts: GuideFacts): GuideStep[] =>
  facts.file.toLowerCase().endsWith('.zip') ? [sh('unpack', `unzip ${facts.file} -d ${folderOf(facts)}`)] : [];

/** Where the GGUF lies once a zip is unpacked. */
const ggufPath = (facts: GuideFacts): string =>
  facts.kind === 'ollama' ? `${folderOf(facts)}/${facts.gguf!}` : facts.gguf!;

/** A question that suits the model: conversations are answered, texts are gone on with. */
const OPENING = { chat: 'Hello!', text: 'Once upon a time' } as const;
const opening = ({ chat }: GuideFacts): string => (chat ? OPENING.chat : OPENING.text);

/** The next version runs beside this one until it answers; then the proxy in front is pointed to it. */
const besides = (serve: string, port: number, health: string): GuideStep =>
  sh('update', serve, `curl --fail --retry 60 --retry-connrefused http://localhost:${port}${health}`);

const ollama: StepsOf = (facts) => {
  const { name, chat } = facts;
  const folder = folderOf(facts);
  return [
    ...unpack(facts),
    sh('create', `cd ${folder}`, `ollama create ${name} -f Modelfile`),
    sh('run', `ollama run ${name}`),
    sh('ask', ...askServer('http://localhost:11434', name, chat, opening(facts))),
    sh('measure', `ollama run ${name} --verbose "${opening(facts)}"`),
    sh(
      'update',
      `ollama create ${name}:next -f Modelfile`,
      `ollama run ${name}:next`,
      `ollama cp ${name}:next ${name}`,
    ),
    logServer('http://localhost:11434', name, chat),
  ];
};

const llamacpp: StepsOf = (facts) => {
  const { chat, context, kind, gguf, name } = facts;
  const model = kind === 'gguf-lora' ? `-m base.gguf --lora ${gguf!}` : `-m ${ggufPath(facts)}`;
  const template = chat ? ' --jinja' : '';
  const serve = (port: number) => `llama-server ${model}${template} -c ${context} -a ${name} --port ${port}`;
  const url = 'http://localhost:8080';
  return [
    ...unpack(facts),
    ...(kind === 'gguf-lora' ? [baseAsGguf(facts)] : []),
    sh(
      'run',
      chat
        ? `llama-cli ${model}${template} -c ${context}`
        : `llama-completion ${model} -c ${context} -no-cnv -n 100 -p "${opening(facts)}"`,
    ),
    sh('serve', serve(8080)),
    sh('ask', ...askServer(url, name, chat, opening(facts))),
    sh('measure', `llama-bench -m ${kind === 'gguf-lora' ? 'base.gguf' : ggufPath(facts)}`),
    besides(serve(8081), 8081, '/health'),
    logServer(url, name, chat),
  ];
};

/** llama.cpp's own script; it reads the folder that transformers reads. */
const baseAsGguf = ({ base }: GuideFacts): GuideStep =>
  sh(
    'base',
    `hf download ${shellWord(base!)} --local-dir base`,
    'python convert_hf_to_gguf.py base --outfile base.gguf --outtype f16',
  );

const lmstudio: StepsOf = (facts) => {
  const { name, chat, context } = facts;
  const url = 'http://localhost:1234';
  return [
    ...unpack(facts),
    sh('create', `lms import ${ggufPath(facts)}`),
    sh('run', `lms load --identifier ${name} --context-length ${context}`, `lms chat ${name}`),
    sh('serve', 'lms server start'),
    sh('ask', ...askServer(url, name, chat, opening(facts))),
    sh('measure', `lms chat ${name} --stats`),
    logServer(url, name, chat),
  ];
};

/** The packages differ alone: where PEFT is installed, transformers loads an adapter on its base by itself. */
const inPython =
  (packages: string): StepsOf =>
  (facts) => [
    ...unpack(facts),
    sh('install', `python -m pip install ${packages}`),
    writePython(folderOf(facts), facts, opening(facts)),
    measurePython(folderOf(facts), facts, opening(facts)),
    logPython(folderOf(facts), facts),
  ];
const transformers = inPython('transformers torch accelerate');
const peft = inPython('peft transformers torch accelerate');

/** vLLM takes ranks of this list alone. */
const VLLM_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

const vllm: StepsOf = (facts) => {
  const { name, base, rank, context, chat } = facts;
  const folder = folderOf(facts);
  const room = VLLM_RANKS.find((most) => most >= (rank ?? 0)) ?? rank;
  const model =
    rank === undefined
      ? `${folder} --served-model-name ${name}`
      : `${shellWord(base!)} --enable-lora --max-lora-rank ${room!} --lora-modules ${name}=${folder}`;
  const serve = (port: number) => `vllm serve ${model} --max-model-len ${context} --port ${port}`;
  const url = 'http://localhost:8000';
  return [
    ...unpack(facts),
    sh('install', 'python -m pip install vllm'),
    sh('serve', serve(8000)),
    sh('ask', ...askServer(url, name, chat, opening(facts))),
    sh(
      'measure',
      `vllm bench serve --base-url ${url} --model ${name} --tokenizer ${folder} --random-input-len 64 --random-output-len 64 --num-prompts 16`,
    ),
    besides(serve(8001), 8001, '/health'),
    logServer(url, name, chat),
  ];
};

const sglang: StepsOf = (facts) => {
  const { name, base, rank, context, chat } = facts;
  const folder = folderOf(facts);
  const model =
    rank === undefined
      ? `--model-path ${folder} --served-model-name ${name}`
      : `--model-path ${shellWord(base!)} --enable-lora --lora-paths ${name}=${folder} --max-loras-per-batch 1`;
  const serve = (port: number) => `python -m sglang.launch_server ${model} --context-length ${context} --port ${port}`;
  const url = 'http://localhost:30000';
  return [
    ...unpack(facts),
    sh('install', 'python -m pip install "sglang[all]"'),
    sh('serve', serve(30000)),
    sh('ask', ...askServer(url, name, chat, opening(facts))),
    sh(
      'measure',
      `python -m sglang.bench_serving --backend sglang --base-url ${url} --dataset-name random-ids --random-input-len 64 --random-output-len 64 --num-prompts 16`,
    ),
    besides(serve(30001), 30001, '/health'),
    logServer(url, name, chat),
  ];
};

const textgen: StepsOf = (facts) => [
  ...unpack(facts),
  sh('create', `cp ${ggufPath(facts)} text-generation-webui/user_data/models/`),
  sh('run', 'cd text-generation-webui', `python server.py --model ${facts.gguf!} --ctx-size ${facts.context}`),
];

/** A page that is served from the folder above the converted one. */
const inBrowser = (
  folder: string,
  facts: GuideFacts,
): string => `import { env, pipeline } from '@huggingface/transformers';

env.allowRemoteModels = false;
env.localModelPath = './';
const write = await pipeline('text-generation', '${folder}-onnx', { device: 'webgpu', dtype: 'fp32' });
const [{ generated_text }] = await write(${facts.chat ? `[{ role: 'user', content: '${OPENING.chat}' }]` : `'${OPENING.text}'`}, { max_new_tokens: 100 });
console.log(${facts.chat ? 'generated_text.at(-1).content' : 'generated_text'});`;

/** It runs ONNX alone, so the folder is converted first. */
const transformersjs: StepsOf = (facts) => [
  ...unpack(facts),
  sh('install', 'python -m pip install "optimum-onnx[onnxruntime]"', 'npm install @huggingface/transformers'),
  sh(
    'convert',
    `optimum-cli export onnx --model ${folderOf(facts)} --task text-generation-with-past ${folderOf(facts)}-onnx/onnx`,
    `cp ${folderOf(facts)}/*.json ${folderOf(facts)}-onnx/`,
  ),
  { step: 'run', commands: inBrowser(folderOf(facts), facts), language: 'js' },
];

/** A page of static files: any server of such files will do. */
const webpage: StepsOf = (facts) => [
  ...unpack(facts),
  sh('run', `python3 -m http.server 8080 --directory ${folderOf(facts)}`),
];

const phone: StepsOf = (facts) => [...unpack(facts), sh('create', `adb push ${ggufPath(facts)} /sdcard/Download/`)];

const GUIDES: Readonly<Record<ProgramName, { kinds: readonly ExportKind[]; steps: StepsOf }>> = {
  ollama: { kinds: ['ollama'], steps: ollama },
  llamacpp: { kinds: [...GGUF, 'gguf-lora'], steps: llamacpp },
  lmstudio: { kinds: GGUF, steps: lmstudio },
  transformers: { kinds: ['safetensors'], steps: transformers },
  peft: { kinds: ['peft'], steps: peft },
  vllm: { kinds: ['safetensors', 'peft'], steps: vllm },
  sglang: { kinds: ['safetensors', 'peft'], steps: sglang },
  textgen: { kinds: GGUF, steps: textgen },
  transformersjs: { kinds: ['safetensors'], steps: transformersjs },
  webpage: { kinds: ['web-page'], steps: webpage },
  phone: { kinds: GGUF, steps: phone },
};

/** The guides for a saved file, the most common program first; none for a run that goes on elsewhere. */
export const guidesFor = (facts: GuideFacts): Guide[] =>
  PROGRAMS.filter((program) => GUIDES[program].kinds.includes(facts.kind)).map((program) => ({
    program,
    steps: GUIDES[program].steps(facts),
  }));

/** What servers take as a model's name: Ollama refuses capitals, shells act on much else. */
export const serverName = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '') || 'model';
