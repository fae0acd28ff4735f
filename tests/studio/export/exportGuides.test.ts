// The guides' own commands on saved files, run by the programs that they are for. On request, since those are no part of
// the studio: GUIDE_PYTHON names a Python that has transformers, torch, peft, accelerate and llama-cpp-python[server],
// GUIDE_LLAMA a folder with llama-cli, llama-server and llama-bench; Caddy is tried where it is installed. Ports are
// those of the guides, so nothing else may listen there.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandsFor } from '../../../src/app/panels/Export/guideWords';
import { loraTargets } from '../../../src/base/lora';
import type { ModelKind } from '../../../src/base/wire/exportKinds';
import type { GuideStepName, ProgramName } from '../../../src/base/wire/guides';
import type { ModelRecord } from '../../../src/base/records/model';
import { argmax } from '../../../src/engine/generation/sample';
import type { AtelierDb } from '../../../src/storage/db';
import { serverName } from '../../../src/formats/guides/names';
import { chatPrompt } from '../../../src/studio/chat/prompts';
import { exportChoices, exportModel } from '../../../src/studio/export/exportModel';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { testCpu } from '../../cpu';
import { freshStorage } from '../../storage/storage';
import { LORA, tunedModel } from '../models/publishedModels';

const PYTHON = process.env['GUIDE_PYTHON'];
const LLAMA = process.env['GUIDE_LLAMA'];
const STARTER = join(import.meta.dirname, '../../../public/models/atelier-starter');
/** As the guides ask. */
const QUESTION = 'Hello!';
const TOKENS = 24;
/** Python loads its libraries for a long time. */
const PATIENCE = 600_000;

describe.skipIf(PYTHON === undefined && LLAMA === undefined)(
  'on request, the programs run the guides',
  { timeout: PATIENCE },
  () => {
    let folder: string;
    const folders: string[] = [];
    let db: AtelierDb;
    let base: ModelRecord;
    const children: ChildProcess[] = [];
    beforeAll(async () => {
      await testCpu();
      db = await freshStorage();
      const files = readdirSync(STARTER).map((name) => new File([readFileSync(join(STARTER, name))], name));
      base = await keepModel(db, { ...(await folderOf(files)), source: 'atelier-starter' });
    });
    beforeEach(() => folders.push((folder = mkdtempSync(join(tmpdir(), 'atelier-guides-')))));
    afterAll(() => {
      for (const child of children) child.kill();
      for (const made of folders) rmSync(made, { recursive: true, force: true });
    });

    const environment = (): NodeJS.ProcessEnv => ({
      ...process.env,
      ...{ HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error', OMP_NUM_THREADS: '1' },
      PATH: [...(PYTHON ? [dirname(PYTHON)] : []), ...(LLAMA ? [LLAMA] : []), process.env['PATH']].join(':'),
    });
    function run(program: string, args: string[], input?: string): string {
      const done = spawnSync(program, args, {
        cwd: folder,
        encoding: 'utf8',
        env: environment(),
        ...(input && { input }),
      });
      expect([program, args, done.status, done.stderr.slice(-2000)]).toEqual([program, args, 0, expect.any(String)]);
      return done.stdout;
    }
    const sh = (commands: string, input?: string): string => run('sh', ['-ec', commands], input);
    const python = (program: string, input?: string): string => {
      writeFileSync(join(folder, 'program.py'), program);
      return run(PYTHON!, ['program.py'], input);
    };

    /** Saves a file as the page does; gives the commands of a step. */
    async function saved(id: string, kind: ModelKind, program: ProgramName) {
      const choice = (await exportChoices(db, id)).find((one) => one.kind === kind)!;
      const { blob, fileName } = await exportModel(db, id, kind);
      writeFileSync(join(folder, fileName), new Uint8Array(await blob!.arrayBuffer()));
      const { steps } = choice.use.guides.find((guide) => guide.program === program)!;
      const commands = (name: GuideStepName): string =>
        commandsFor(
          steps.find(({ step }) => step === name)!,
          fileName,
        );
      return { fileName, commands, served: serverName(choice.use.name) };
    }

    interface LogLine {
      time: string;
      model: string;
      version: string;
      messages: { role: string; content: string }[];
    }

    /** What the weights answer here, greedily. */
    async function ours(id: string): Promise<string> {
      const weights = await openWeights(db, id);
      const tokenizer = await loadTokenizer(db, weights.tokenizerId);
      const { ids, ends } = chatPrompt([{ role: 'user', content: QUESTION }], tokenizer, base);
      return withModel(weights.model, tensorsOf(weights), async (generator) => {
        const written: number[] = [];
        let next = argmax(await generator.prefill([...Array.from(ids)]));
        while (!ends.has(next) && written.length < TOKENS) {
          written.push(next);
          next = argmax(await generator.next(next));
        }
        return tokenizer.decode(written);
      });
    }

    /** The answer that a program's own function gives, greedily, after all that the guide lets it do. */
    const greedily = (program: string): string =>
      python(`${program}\nprint("GREEDY:" + answer("${QUESTION}", do_sample=False, max_new_tokens=${TOKENS}))\n`)
        .split('GREEDY:')[1]!
        .trimEnd();

    const tunedAdapter = (name: string): Promise<string> =>
      tunedModel(db, base, name, { adapter: { ...LORA, targets: loraTargets(base.model) } });

    /** The base as a person saves it for an adapter, under the name that the guide has for it. */
    async function savedBase(kind: ModelKind, name: string): Promise<void> {
      const { blob } = await exportModel(db, base.id, kind);
      writeFileSync(join(folder, name), new Uint8Array(await blob!.arrayBuffer()));
    }

    async function runsInPython(id: string, kind: 'safetensors' | 'peft', program: 'transformers' | 'peft') {
      const file = await saved(id, kind, program);
      const { commands, fileName } = file;
      const unpackedName = fileName.replace('.zip', '');
      sh(commands('unpack'));
      if (kind === 'peft') sh(commands('folder'));
      expect(greedily(commands('run'))).toBe((await ours(id)).trimEnd());
      expect(python(commands('measure'))).toMatch(/^[\d.]+ tokens per second/m);
      symlinkSync(join(folder, unpackedName), join(folder, 'next')); // the next version, which answers alike
      // greedily, so that it is told from weights that were made anew
      const update = commands('update').replace('max_new_tokens=100', `do_sample=False, max_new_tokens=${TOKENS}`);
      expect(python(update).trim()).toBe((await ours(id)).trim());
      // the program asks until its input ends
      writeFileSync(join(folder, 'log.py'), commands('log'));
      const { stderr } = spawnSync(PYTHON!, ['log.py'], {
        ...{ cwd: folder, encoding: 'utf8' as const, env: environment() },
        input: `${QUESTION}\n`,
      });
      expect(stderr).toContain('EOFError');
      expectLog(file);
    }

    function expectLog({ fileName, served }: Pick<Awaited<ReturnType<typeof saved>>, 'fileName' | 'served'>): void {
      const path = join(folder, 'log.jsonl');
      const line = JSON.parse(readFileSync(path, 'utf8')) as LogLine;
      expect([line.model, line.version]).toEqual([served, fileName.replace(/\.(zip|gguf)$/, '')]);
      expect(Date.parse(line.time)).toBeGreaterThan(0);
      expect(line.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
      expect(line.messages[0]!.content).toBe(QUESTION);
      rmSync(path);
    }

    test.skipIf(!PYTHON)('transformers: run, measure, log; the answer is the studio’s', () =>
      runsInPython(base.id, 'safetensors', 'transformers'),
    );

    test.skipIf(!PYTHON)('PEFT: the same, the adapter on its base', async () => {
      await savedBase('safetensors', 'base.zip');
      await runsInPython(await tunedAdapter('r'), 'peft', 'peft');
    });

    /** @param start Gives the program and its arguments */
    async function answersAsServer(
      file: Awaited<ReturnType<typeof saved>>,
      start: (port: string, alias: string) => readonly [string, ...string[]],
    ): Promise<void> {
      const { commands } = file;
      const port = /--port (\d+)/.exec(commands('serve'))![1]!;
      const alias = / -a (\S+)/.exec(commands('serve'))![1]!;
      const [program, ...args] = start(port, alias);
      const server = spawn(program, args, { cwd: folder, env: environment(), stdio: 'ignore' });
      children.push(server);
      const url = `http://localhost:${port}`;
      while (!(await fetch(`${url}/v1/models`).catch(() => undefined))?.ok) await sleep(500);
      const said = JSON.parse(sh(commands('ask'))) as { choices: { message: { content: string } }[] };
      expect(said.choices[0]!.message.content).not.toBe('');
      const messages = [{ role: 'user', content: QUESTION }];
      const body = JSON.stringify({ model: alias, messages, temperature: 0, max_tokens: TOKENS });
      const headers = { 'Content-Type': 'application/json' };
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body, headers });
      const greedy = (await response.json()) as typeof said;
      expect(greedy.choices[0]!.message.content.trimEnd()).toBe((await ours(base.id)).trimEnd());
      writeFileSync(join(folder, 'log.py'), commands('log'));
      spawnSync(PYTHON ?? 'python3', ['log.py'], { cwd: folder, env: environment(), input: `${QUESTION}\n` });
      expectLog(file);
      const ended = new Promise((done) => server.once('exit', done));
      server.kill('SIGKILL');
      await ended; // the next one listens at the same port
    }

    test.skipIf(!PYTHON)('llama.cpp: what the guide asks a server, asked of llama.cpp’s server in Python', async () => {
      const files = await saved(base.id, 'gguf-f16', 'llamacpp');
      const of = ['--model', files.fileName] as const;
      await answersAsServer(files, (port, alias) => [
        ...([PYTHON!, '-m', 'llama_cpp.server', ...of, '--model_alias', alias, '--port', port] as const),
      ]);
    });

    test.skipIf(!LLAMA)('llama.cpp: its own programs run, serve, answer, log and measure', async () => {
      const files = await saved(base.id, 'gguf-f16', 'llamacpp');
      const { commands } = files;
      await answersAsServer(files, () => ['sh', '-ec', `exec ${commands('serve')}`]);
      expect(sh(commands('measure'))).toMatch(/\|\s+tg128 \|\s+[\d.]+ ±/);
      const greedy = `${commands('run')} --temp 0 -n ${TOKENS} --single-turn`;
      expect(sh(greedy, `${QUESTION}\n`)).toContain((await ours(base.id)).trim());
    });

    test.skipIf(!LLAMA)('llama.cpp: an adapter on its base, saved as the guide says', async () => {
      const id = await tunedAdapter('s');
      const { commands } = await saved(id, 'gguf-lora', 'llamacpp');
      await savedBase('gguf-f16', 'base-F16.gguf');
      sh(commands('folder'));
      const greedy = `${commands('run')} --temp 0 -n ${TOKENS} --single-turn`;
      expect(sh(greedy, `${QUESTION}\n`)).toContain((await ours(id)).trim());
    });

    const caddy = spawnSync('caddy', ['version']).status === 0;
    test.skipIf(!LLAMA || !caddy)(
      'llama.cpp: the next version takes the place of this one, and no request fails',
      async () => {
        const { commands, fileName } = await saved(base.id, 'gguf-f16', 'llamacpp');
        symlinkSync(join(folder, fileName), join(folder, 'next.gguf'));
        const server = spawn('sh', ['-ec', `exec ${commands('serve')}`], {
          cwd: folder,
          env: environment(),
          stdio: 'ignore',
        });
        children.push(server);
        const proxied = () =>
          fetch('http://localhost:9000/health').then(
            ({ status }) => status,
            () => 0,
          );
        // what these start goes on behind them
        const behind = (step: GuideStepName): void =>
          void expect(
            spawnSync('sh', ['-ec', commands(step)], { cwd: folder, env: environment(), stdio: 'ignore' }).status,
          ).toBe(0);
        try {
          behind('proxy');
          while ((await proxied()) !== 200) await sleep(500);
          behind('update');
          // a process of its own: this one waits for what it starts
          const ask =
            'while sleep 0.05; do curl -s -o /dev/null -w "%{http_code}\\n" http://localhost:9000/health; done';
          const asking = spawn('sh', ['-c', ask], { stdio: ['ignore', 'pipe', 'ignore'] });
          children.push(asking);
          let asked = '';
          asking.stdout.on('data', (part: Buffer) => (asked += part.toString()));
          await sleep(500);
          behind('switch');
          await sleep(500);
          server.kill('SIGKILL');
          await sleep(500);
          asking.kill();
          const answers = asked.trim().split('\n');
          expect(answers.length).toBeGreaterThan(10);
          expect(new Set(answers)).toEqual(new Set(['200']));
        } finally {
          spawnSync('caddy', ['stop']);
          sh('kill "$(ss -tlnp "sport = :8081" | sed -n "s/.*pid=\\([0-9]*\\).*/\\1/p")"');
        }
      },
    );

    test('transformers.js: the template lies where it looks for it', async () => {
      const { commands, fileName } = await saved(base.id, 'safetensors', 'transformersjs');
      sh(commands('unpack'));
      const convert = commands('convert').replace(/^optimum-cli .*$/m, 'true');
      const onnx = join(folder, `${fileName.replace('.zip', '')}-onnx`);
      mkdirSync(onnx);
      sh(convert);
      const config = JSON.parse(readFileSync(join(onnx, 'tokenizer_config.json'), 'utf8')) as { chat_template: string };
      expect(config.chat_template).toBe(readFileSync(join(onnx, 'chat_template.jinja'), 'utf8'));
    });

    test('every file that a guide unpacks lies where its commands look', async () => {
      const { fileName, commands } = await saved(base.id, 'ollama', 'llamacpp');
      sh(commands('unpack'));
      const unpacked = fileName.replace('.zip', '');
      expect(readdirSync(join(folder, unpacked))).toContain('Modelfile');
      const model = /-m (\S+\.gguf)/.exec(commands('serve'))![1]!;
      expect(readFileSync(join(folder, model)).subarray(0, 4).toString()).toBe('GGUF');
    });
  },
);
