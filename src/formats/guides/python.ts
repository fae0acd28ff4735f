// The guides' requests to a server and programs in Python; the latter ask for nothing but what `install` installs.
import type { GuideFacts, GuideStep } from '../../base/wire/guides';

const python = (step: GuideStep['step'], lines: string): GuideStep => ({ step, commands: lines, language: 'python' });

/** Python and JSON write these strings alike. */
const quoted = (text: string): string => JSON.stringify(text);

/** A request to a server that speaks OpenAI's protocol, as all of these do. */
export function askServer(url: string, model: string, chat: boolean, opening: string): string[] {
  const body = chat
    ? { model, messages: [{ role: 'user', content: opening }] }
    : { model, prompt: opening, max_tokens: 100 };
  return [
    `curl ${url}/v1/${chat ? 'chat/completions' : 'completions'} -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ];
}

/** Loads what a zip held: `AutoModelForCausalLM` fetches an adapter's base by itself where PEFT is installed. */
const load = (folder: string): string => `from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(${quoted(folder)})
model = AutoModelForCausalLM.from_pretrained(${quoted(folder)}, dtype="auto", device_map="auto")`;

const ANSWER_CHAT = `def answer(question, **more):
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    written = model.generate(**inputs, **more)
    return tokenizer.decode(written[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True)`;
const ANSWER_TEXT = `def answer(beginning, **more):
    inputs = tokenizer(beginning, return_tensors="pt", add_special_tokens=True).to(model.device)
    written = model.generate(**inputs, **more)
    return tokenizer.decode(written[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True)`;
const answerOf = ({ chat }: GuideFacts): string => (chat ? ANSWER_CHAT : ANSWER_TEXT);

const program = (folder: string, facts: GuideFacts, imports: string, end: string): string =>
  `${imports}${load(folder)}\n\n${answerOf(facts)}\n\n${end}`;

export const writePython = (folder: string, facts: GuideFacts, opening: string): GuideStep =>
  python('run', program(folder, facts, '', `print(answer(${quoted(opening)}, max_new_tokens=100))`));

/** The first answer loads kernels and caches, so it is not timed. */
export const measurePython = (folder: string, facts: GuideFacts, opening: string): GuideStep =>
  python(
    'measure',
    program(
      folder,
      facts,
      'import time\n\n',
      `answer(${quoted(opening)}, min_new_tokens=64, max_new_tokens=64)
start = time.perf_counter()
answer(${quoted(opening)}, min_new_tokens=64, max_new_tokens=64)
print(round(64 / (time.perf_counter() - start), 1), "tokens per second")`,
    ),
  );

/** A line of the log: the conversation and the time, a shape that the studio reads as conversations. */
const LOG_LINE = `line = {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": said}],
            "date": datetime.now(timezone.utc).isoformat()}
    with open("log.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps(line, ensure_ascii=False) + "\\n")
    return said`;

export const logPython = (folder: string, facts: GuideFacts): GuideStep =>
  python(
    'log',
    program(
      folder,
      facts,
      'import json\nfrom datetime import datetime, timezone\n\n',
      `def logged(question):
    said = answer(question, max_new_tokens=200)
    ${LOG_LINE}

while True:
    print(logged(input("> ")))`,
    ),
  );

/** Asks a server and logs what it says, with what comes with Python alone. */
export function logServer(url: string, model: string, chat: boolean): GuideStep {
  const [path, body, said] = chat
    ? [
        'chat/completions',
        '{"model": MODEL, "messages": [{"role": "user", "content": question}]}',
        '["message"]["content"]',
      ]
    : ['completions', '{"model": MODEL, "prompt": question, "max_tokens": 200}', '["text"]'];
  return python(
    'log',
    `import json
from datetime import datetime, timezone
from urllib.request import Request, urlopen

URL = ${quoted(`${url}/v1/${path}`)}
MODEL = ${quoted(model)}

def logged(question):
    body = json.dumps(${body}).encode()
    with urlopen(Request(URL, body, {"Content-Type": "application/json"})) as response:
        said = json.load(response)["choices"][0]${said}
    ${LOG_LINE}

while True:
    print(logged(input("> ")))`,
  );
}
