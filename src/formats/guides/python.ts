// The guides' requests to a server and programs in Python; the latter ask for nothing but what `install` installs.
import type { GuideFacts, GuideStep } from '../../base/wire/guides';
import { baseFolder, unpackedFolder, opening, sh, unpack, type StepsOf } from './steps';

const python = (step: GuideStep['step'], lines: string): GuideStep => ({ step, commands: lines, language: 'python' });

/** Python and JSON write these strings alike. */
const quoted = (text: string): string => JSON.stringify(text);

/** A request to a server that speaks OpenAI's protocol, as all of these do. */
export function askServer(url: string, { name, chat }: GuideFacts, question: string): string[] {
  const body = chat
    ? { model: name, messages: [{ role: 'user', content: question }] }
    : { model: name, prompt: question, max_tokens: 100 };
  return [
    `curl ${url}/v1/${chat ? 'chat/completions' : 'completions'} -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ];
}

const IMPORTS = 'from transformers import AutoModelForCausalLM, AutoTokenizer';

/** Loads what a zip held: `AutoModelForCausalLM` fetches an adapter's base by itself where PEFT is installed. */
const load = (facts: GuideFacts): string => `${IMPORTS}

tokenizer = AutoTokenizer.from_pretrained(${quoted(unpackedFolder(facts))})
model = AutoModelForCausalLM.from_pretrained(${quoted(unpackedFolder(facts))}, dtype="auto", device_map="auto")`;

const answerOf = ({ chat }: GuideFacts, head: string): string => `${head}
    inputs = ${
      chat
        ? `tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )`
        : 'tokenizer(question, return_tensors="pt", add_special_tokens=True)'
    }.to(model.device)
    written = model.generate(**inputs, **more)
    return tokenizer.decode(written[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True)`;

const program = (facts: GuideFacts, imports: string, end: string): string =>
  `${imports}${load(facts)}\n\n${answerOf(facts, 'def answer(question, **more):')}\n\n${end}`;

const writeStep = (facts: GuideFacts): GuideStep =>
  python('run', program(facts, '', `print(answer(${quoted(opening(facts))}, max_new_tokens=100))`));

/** The first answer loads kernels and caches, so it is not timed. */
const measureStep = (facts: GuideFacts): GuideStep =>
  python(
    'measure',
    program(
      facts,
      'import time\n\n',
      `answer(${quoted(opening(facts))}, min_new_tokens=64, max_new_tokens=64)
start = time.perf_counter()
answer(${quoted(opening(facts))}, min_new_tokens=64, max_new_tokens=64)
print(round(64 / (time.perf_counter() - start), 1), "tokens per second")`,
    ),
  );

/** An answer that is under way keeps the tokenizer and the model that it began with. */
const modelUpdate = (facts: GuideFacts): GuideStep =>
  python(
    'update',
    `${IMPORTS}

def load(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return tokenizer, AutoModelForCausalLM.from_pretrained(folder, dtype="auto", device_map="auto")

current = load(${quoted(unpackedFolder(facts))})

${answerOf(facts, 'def answer(question, loaded, **more):\n    tokenizer, model = loaded')}

NEXT = "next"
following = load(NEXT)
print(answer(${quoted(opening(facts))}, following, max_new_tokens=100))
current, previous = following, current`,
  );

/**
 * Both adapters lie on one base. By PEFT's own class, since the `load_adapter` of transformers makes the weights of the
 * first one anew: https://huggingface.co/docs/peft/package_reference/auto_class
 */
const adapterUpdate = (facts: GuideFacts): GuideStep =>
  python(
    'update',
    `from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(${quoted(unpackedFolder(facts))})
model = AutoPeftModelForCausalLM.from_pretrained(${quoted(unpackedFolder(facts))}, dtype="auto", device_map="auto")

${answerOf(facts, 'def answer(question, **more):')}

NEXT = "next"
model.load_adapter(NEXT, adapter_name="next")
model.set_adapter("next")
print(answer(${quoted(opening(facts))}, max_new_tokens=100))`,
  );

/** A line of the log, whose shape docs/FORMATS.md holds. */
const logLine = ({ chat }: GuideFacts): string => `line = {
        "time": datetime.now(timezone.utc).isoformat(),
        "model": MODEL,
        "version": VERSION,
        ${
          chat
            ? '"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": said}],'
            : '"prompt": question,\n        "answer": said,'
        }
    }
    with open("log.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps(line, ensure_ascii=False) + "\\n")
    return said

while True:
    print(logged(input("> ")))`;

const versionOf = ({ file }: GuideFacts): string => file.replace(/\.(?:zip|gguf)$/i, '');
const named = (facts: GuideFacts): string => `MODEL = ${quoted(facts.name)}\nVERSION = ${quoted(versionOf(facts))}\n`;

const logStep = (facts: GuideFacts): GuideStep =>
  python(
    'log',
    program(
      facts,
      'import json\nfrom datetime import datetime, timezone\n\n',
      `${named(facts)}
def logged(question):
    said = answer(question, max_new_tokens=200)
    ${logLine(facts)}`,
    ),
  );

/** What a server is asked in Python, with a limit of tokens where it has none by itself. */
function requestOf({ chat }: GuideFacts, more: string) {
  return chat
    ? {
        path: 'chat/completions',
        body: `{"model": MODEL, "messages": [{"role": "user", "content": question}]${more}}`,
        said: '["message"]["content"]',
      }
    : {
        path: 'completions',
        body: `{"model": MODEL, "prompt": question${more || ', "max_tokens": 200'}}`,
        said: '["text"]',
      };
}

/** Asks a server and logs what it says, with what comes with Python alone. */
export function logServer(url: string, facts: GuideFacts): GuideStep {
  const { path, body, said } = requestOf(facts, '');
  return python(
    'log',
    `import json
from datetime import datetime, timezone
from urllib.request import Request, urlopen

URL = ${quoted(`${url}/v1/${path}`)}
${named(facts)}
def logged(question):
    body = json.dumps(${body}).encode()
    with urlopen(Request(URL, body, {"Content-Type": "application/json"})) as response:
        said = json.load(response)["choices"][0]${said}
    ${logLine(facts)}`,
  );
}

/** Times an answer of a server that has no command for it; the first one is not timed. */
export function measureServer(url: string, facts: GuideFacts, question: string): GuideStep {
  const { path, body } = requestOf(facts, ', "max_tokens": 64');
  return python(
    'measure',
    `import json
import time
from urllib.request import Request, urlopen

URL = ${quoted(`${url}/v1/${path}`)}
MODEL = ${quoted(facts.name)}

def written(question):
    body = json.dumps(${body}).encode()
    with urlopen(Request(URL, body, {"Content-Type": "application/json"})) as response:
        return json.load(response)["usage"]["completion_tokens"]

written(${quoted(question)})
start = time.perf_counter()
tokens = written(${quoted(question)})
print(round(tokens / (time.perf_counter() - start), 1), "tokens per second")`,
  );
}

/** The packages differ: where PEFT is installed, transformers loads an adapter on its base by itself. */
const inPython =
  (packages: string, update: (facts: GuideFacts) => GuideStep): StepsOf =>
  (facts) => [
    ...unpack(facts),
    sh('install', `python3 -m pip install ${packages}`),
    ...baseFolder(facts),
    writeStep(facts),
    measureStep(facts),
    update(facts),
    logStep(facts),
  ];
export const transformersGuide = inPython('transformers torch accelerate', modelUpdate);
export const peftGuide = inPython('peft transformers torch accelerate', adapterUpdate);
