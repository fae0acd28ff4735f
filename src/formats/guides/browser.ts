// The guides of what runs in a browser or on a phone: transformers.js, the model as a web page, apps.
import type { GuideFacts, GuideStep } from '../../base/wire/guides';
import { logServer } from './python';
import {
  byHand,
  unpackedFolder,
  ggufPath,
  NEXT_FOLDER,
  NEXT_GGUF,
  opening,
  sh,
  unpack,
  UNPACK_NEXT,
  type StepsOf,
} from './steps';

const js = (step: GuideStep['step'], ...parts: string[]): GuideStep => ({
  step,
  commands: parts.join('\n\n'),
  language: 'js',
});

const ANSWER_CHAT = `async function answer(question, more = { max_new_tokens: 100 }, by = write) {
  const [{ generated_text }] = await by([{ role: 'user', content: question }], more);
  return generated_text.at(-1).content;
}`;
const ANSWER_TEXT = `async function answer(beginning, more = { max_new_tokens: 100 }, by = write) {
  const [{ generated_text }] = await by(beginning, { ...more, return_full_text: false });
  return generated_text;
}`;

/** The script of a page that is served from the folder above the converted one. */
const page = (facts: GuideFacts): string => `import { env, pipeline } from '@huggingface/transformers';

env.allowRemoteModels = false;
env.localModelPath = './';
const load = (folder) => pipeline('text-generation', folder, { device: 'webgpu', dtype: 'fp32' });
let write = await load('${unpackedFolder(facts)}-onnx');

${facts.chat ? ANSWER_CHAT : ANSWER_TEXT}`;

const measure = (question: string): string => `const more = { min_new_tokens: 64, max_new_tokens: 64 };
await answer('${question}', more);
const start = performance.now();
await answer('${question}', more);
console.log((64_000 / (performance.now() - start)).toFixed(1), 'tokens per second');`;

/** Answers that are asked of the old one are still written by it. */
const update = (question: string): string => `const next = await load('next-onnx');
console.log(await answer('${question}', { max_new_tokens: 100 }, next));
write = next;`;

const log = (facts: GuideFacts): string => `const lines = [];
async function logged(question) {
  const said = await answer(question);
  const line = {
    time: new Date().toISOString(),
    model: '${facts.name}',
    version: '${unpackedFolder(facts)}',
    ${facts.chat ? "messages: [{ role: 'user', content: question }, { role: 'assistant', content: said }]," : 'prompt: question,\n    answer: said,'}
  };
  lines.push(JSON.stringify(line) + '\\n');
  return said;
}
function saveLog() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }));
  link.download = 'log.jsonl';
  link.click();
}`;

/**
 * It looks for the template of conversations in tokenizer_config.json alone, where current files do not have it:
 * https://github.com/huggingface/transformers.js/pull/1662
 */
const TEMPLATE_INTO_CONFIG = `import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
file = folder / "tokenizer_config.json"
config = json.loads(file.read_text(encoding="utf-8"))
config["chat_template"] = (folder / "chat_template.jinja").read_text(encoding="utf-8")
file.write_text(json.dumps(config), encoding="utf-8")`;

/** It runs ONNX alone, so the folder is converted first. */
export const transformersjsGuide: StepsOf = (facts) => {
  const folder = unpackedFolder(facts);
  const template = facts.chat
    ? [`cp ${folder}/chat_template.jinja ${folder}-onnx/`, `python3 -c '${TEMPLATE_INTO_CONFIG}' ${folder}-onnx`]
    : [];
  const question = opening(facts);
  return [
    ...unpack(facts),
    sh('install', 'python3 -m pip install "optimum-onnx[onnxruntime]"', 'npm install @huggingface/transformers'),
    sh(
      'convert',
      `optimum-cli export onnx --model ${folder} --task text-generation-with-past ${folder}-onnx/onnx`,
      `cp ${folder}/*.json ${folder}-onnx/`,
      ...template,
    ),
    js('run', page(facts), `console.log(await answer('${question}'));`),
    js('measure', page(facts), measure(question)),
    js('update', page(facts), update(question)),
    js('log', page(facts), log(facts)),
  ];
};

/** A page of static files: any server of such files will do. */
export const webpageGuide: StepsOf = (facts) => [
  ...unpack(facts),
  sh('run', `python3 -m http.server 8080 --directory ${unpackedFolder(facts)}`),
  byHand('measure'),
  sh('update', NEXT_FOLDER, UNPACK_NEXT, 'python3 -m http.server 8081 --directory "$NEXT"'),
  // files with names of their own first: a page that is being loaded finds its own until the last one is replaced
  sh(
    'switch',
    NEXT_FOLDER,
    `cp -R "$NEXT/app" "$NEXT/model" ${unpackedFolder(facts)}/`,
    `cp -R "$NEXT/." ${unpackedFolder(facts)}/`,
  ),
  byHand('log'),
];

/** Termux is a terminal for Android whose packages hold llama.cpp. */
export const phoneGuide: StepsOf = (facts) => {
  const { chat, context, gguf, name } = facts;
  const file = `~/storage/downloads/${gguf!}`;
  return [
    ...unpack(facts),
    sh('create', `adb push ${ggufPath(facts)} /sdcard/Download/`),
    sh(
      'serve',
      'termux-setup-storage',
      'pkg install -y llama-cpp python',
      `llama-server -m ${file}${chat ? ' --jinja' : ''} -c ${context} -a ${name} --port 8080`,
    ),
    sh('measure', `llama-bench -m ${file}`),
    sh('update', NEXT_GGUF, 'adb push "$NEXT" /sdcard/Download/'),
    logServer('http://localhost:8080', facts),
  ];
};
