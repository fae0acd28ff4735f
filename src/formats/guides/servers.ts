// The guides of programs that serve a model to other programs, all of which speak OpenAI's protocol.
import { shellWord, type GuideFacts, type GuideStep } from '../../base/wire/guides';
import { askServer, logServer, measureServer } from './python';
import {
  baseFolder,
  besides,
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

/** Its versions are tags of one name. */
export const ollamaGuide: StepsOf = (facts) => {
  const { name } = facts;
  const url = 'http://localhost:11434';
  return [
    ...unpack(facts),
    sh('create', `(cd ${unpackedFolder(facts)} && ollama create ${name} -f Modelfile)`),
    sh('run', `ollama run ${name}`),
    sh('ask', ...askServer(url, facts, opening(facts))),
    sh('measure', `ollama run ${name} --verbose "${opening(facts)}"`),
    sh(
      'update',
      NEXT_FOLDER,
      UNPACK_NEXT,
      `(cd "$NEXT" && ollama create ${name}:next -f Modelfile)`,
      `ollama run ${name}:next "${opening(facts)}"`,
    ),
    sh('switch', `ollama cp ${name} ${name}:previous`, `ollama cp ${name}:next ${name}`),
    logServer(url, facts),
  ];
};

export const llamacppGuide: StepsOf = (facts) => {
  const { chat, context, kind, gguf, name } = facts;
  const lora = kind === 'gguf-lora';
  const modelOf = (file: string): string => (lora ? `-m base.gguf --lora ${file}` : `-m ${file}`);
  const model = modelOf(lora ? gguf! : ggufPath(facts));
  const template = chat ? ' --jinja' : '';
  const serve = (from: string, port: number) =>
    `llama-server ${from}${template} -c ${context} -a ${name} --port ${port}`;
  const url = 'http://localhost:8080';
  return [
    ...unpack(facts),
    ...(lora ? [baseAsGguf(facts)] : []),
    sh(
      'run',
      chat
        ? `llama-cli ${model}${template} -c ${context}`
        : `llama-completion ${model} -c ${context} -no-cnv -n 100 -p "${opening(facts)}"`,
    ),
    sh('serve', serve(model, 8080)),
    sh('ask', ...askServer(url, facts, opening(facts))),
    sh('measure', `llama-bench -m ${lora ? 'base.gguf' : ggufPath(facts)}`),
    ...besides(8080, 8081, '/health', NEXT_GGUF, `${serve(modelOf('"$NEXT"'), 8081)} &`),
    logServer(url, facts),
  ];
};

/** llama.cpp's own script reads the folder that transformers reads; what lies here is saved as a GGUF from here. */
const baseAsGguf = ({ base, baseIsHere }: GuideFacts): GuideStep =>
  baseIsHere
    ? sh('folder', 'BASE=base-F16.gguf', 'cp "$BASE" base.gguf')
    : sh(
        'base',
        `hf download ${shellWord(base!)} --local-dir base`,
        'python3 convert_hf_to_gguf.py base --outfile base.gguf --outtype f16',
      );

/** It serves several models at once, each by its identifier. */
export const lmstudioGuide: StepsOf = (facts) => {
  const { name, context } = facts;
  const url = 'http://localhost:1234';
  return [
    ...unpack(facts),
    sh('create', `lms import ${ggufPath(facts)}`),
    sh('run', `lms load --identifier ${name} --context-length ${context}`, `lms chat ${name}`),
    sh('serve', 'lms server start'),
    sh('ask', ...askServer(url, facts, opening(facts))),
    sh('measure', `lms chat ${name} --stats`),
    sh(
      'update',
      NEXT_GGUF,
      'lms import "$NEXT"',
      `lms load --identifier ${name}-next --context-length ${context}`,
      `lms chat ${name}-next`,
    ),
    sh('switch', `lms unload ${name}`),
    logServer(url, facts),
  ];
};

/** vLLM takes ranks of this list alone. */
const VLLM_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/** Without a limit it takes nine tenths of the GPU's memory, and no second one starts there. */
const VLLM_SHARE = '--gpu-memory-utilization 0.45';

export const vllmGuide: StepsOf = (facts) => {
  const { name, base, rank, context } = facts;
  const folder = unpackedFolder(facts);
  const room = VLLM_RANKS.find((most) => most >= (rank ?? 0)) ?? rank;
  const modelOf = (from: string): string =>
    rank === undefined
      ? `${from} --served-model-name ${name}`
      : `${shellWord(base!)} --enable-lora --max-lora-rank ${room!} --lora-modules ${name}=${from}`;
  const serve = (from: string, port: number) =>
    `vllm serve ${modelOf(from)} --max-model-len ${context} ${VLLM_SHARE} --port ${port}`;
  const url = 'http://localhost:8000';
  return [
    ...unpack(facts),
    sh('install', 'python3 -m pip install vllm'),
    ...baseFolder(facts),
    sh('serve', serve(folder, 8000)),
    sh('ask', ...askServer(url, facts, opening(facts))),
    sh(
      'measure',
      `vllm bench serve --base-url ${url} --model ${name} --tokenizer ${folder} --random-input-len 64 --random-output-len 64 --num-prompts 16`,
    ),
    ...besides(8000, 8001, '/health', NEXT_FOLDER, UNPACK_NEXT, `${serve('"$NEXT"', 8001)} &`),
    logServer(url, facts),
  ];
};

export const sglangGuide: StepsOf = (facts) => {
  const { name, base, rank, context } = facts;
  const folder = unpackedFolder(facts);
  const modelOf = (from: string): string =>
    rank === undefined
      ? `--model-path ${from} --served-model-name ${name}`
      : `--model-path ${shellWord(base!)} --enable-lora --lora-paths ${name}=${from} --max-loras-per-batch 1`;
  const serve = (from: string, port: number) =>
    `python3 -m sglang.launch_server ${modelOf(from)} --context-length ${context} --mem-fraction-static 0.4 --port ${port}`;
  const url = 'http://localhost:30000';
  return [
    ...unpack(facts),
    sh('install', 'python3 -m pip install "sglang[all]"'),
    ...baseFolder(facts),
    sh('serve', serve(folder, 30000)),
    sh('ask', ...askServer(url, facts, opening(facts))),
    sh(
      'measure',
      `python3 -m sglang.bench_serving --backend sglang --base-url ${url} --dataset-name random-ids --random-input-len 64 --random-output-len 64 --num-prompts 16`,
    ),
    ...besides(30000, 30001, '/health', NEXT_FOLDER, UNPACK_NEXT, `${serve('"$NEXT"', 30001)} &`),
    logServer(url, facts),
  ];
};

export const textgenGuide: StepsOf = (facts) => {
  const place = 'text-generation-webui/user_data/models/';
  const serve = (from: string, port: number, page: number) =>
    `(cd text-generation-webui && python3 server.py --model ${from} --ctx-size ${facts.context} --listen-port ${page} --api --api-port ${port})`;
  const url = 'http://localhost:5000';
  return [
    ...unpack(facts),
    sh('create', `cp ${ggufPath(facts)} ${place}`),
    sh('run', serve(facts.gguf!, 5000, 7860)),
    sh('ask', ...askServer(url, facts, opening(facts))),
    measureServer(url, facts, opening(facts)),
    ...besides(5000, 5001, '/v1/models', NEXT_GGUF, `cp "$NEXT" ${place}`, `${serve('"$NEXT"', 5001, 7861)} &`),
    logServer(url, facts),
  ];
};
