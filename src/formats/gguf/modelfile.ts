/** What an Ollama Modelfile says. */
export interface ModelfileFacts {
  /** `./model.gguf`, or a model of Ollama's library where there is an adapter. */
  from: string;
  adapter?: string;
  /** The model's own chat template (Jinja); a template of Ollama's (Go) is chosen by what it writes. */
  chatTemplate?: string;
  /** The token that ends a text. */
  end: string;
  system?: string;
  parameters?: Partial<Record<ModelfileParameter, number | undefined>>;
  license?: string;
}

export type ModelfileParameter =
  'temperature' | 'top_k' | 'top_p' | 'min_p' | 'repeat_penalty' | 'seed' | 'num_ctx' | 'num_predict';

interface ChatFormat {
  /** What a Jinja template of this format writes. */
  mark: string;
  template: string | ((end: string) => string);
  stop: string[];
}

/** A turn after another, as Ollama's own models have them; `.Messages` holds what `.System` and `.Prompt` would. */
const FORMATS: readonly ChatFormat[] = [
  {
    mark: '<|im_start|>',
    template: `{{- range $i, $_ := .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
`,
    stop: ['<|im_end|>', '<|im_start|>'],
  },
  {
    mark: '<|start_header_id|>',
    template: `{{- range $i, $_ := .Messages }}<|start_header_id|>{{ .Role }}<|end_header_id|>

{{ .Content }}<|eot_id|>{{ end }}<|start_header_id|>assistant<|end_header_id|>

`,
    stop: ['<|eot_id|>', '<|start_header_id|>'],
  },
  {
    mark: '<start_of_turn>',
    // Gemma has no system turn: what it would say stands before the first question.
    template: `{{- range $i, $_ := .Messages }}{{- if eq .Role "user" }}<start_of_turn>user
{{ if and (eq $i 1) $.System }}{{ $.System }}

{{ end }}{{ .Content }}<end_of_turn>
{{ else if eq .Role "assistant" }}<start_of_turn>model
{{ .Content }}<end_of_turn>
{{ end }}{{ end }}<start_of_turn>model
`,
    stop: ['<end_of_turn>'],
  },
  {
    // the studio's own, for models that know no markup
    mark: "message.role + ':'",
    template: (end) => `{{- range .Messages }}{{ .Role }}: {{ .Content }}{{ if eq .Role "assistant" }}${end}{{ else }}
{{ end }}{{ end }}assistant:`,
    stop: [],
  },
];

/** A model without turns goes on with what it is given. */
const PLAIN: ChatFormat = { mark: '', template: '{{ .Prompt }}', stop: [] };

/**
 * A Modelfile for `ollama create`. Where the chat template is of no known format no TEMPLATE is written: Ollama then
 * reads the one in the GGUF. A model without a template gets its prompt as it is.
 */
export function writeModelfile(facts: ModelfileFacts): string {
  const { chatTemplate, parameters = {}, end } = facts;
  const format = chatTemplate === undefined ? PLAIN : FORMATS.find(({ mark }) => chatTemplate.includes(mark));
  return `${[
    `FROM ${facts.from}`,
    ...(facts.adapter === undefined ? [] : [`ADAPTER ${facts.adapter}`]),
    ...(format
      ? [`TEMPLATE ${quoted(typeof format.template === 'string' ? format.template : format.template(end))}`]
      : []),
    ...(facts.system === undefined ? [] : [`SYSTEM ${quoted(facts.system)}`]),
    ...(format?.stop ?? []).map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    ...said(parameters).map(([name, value]) => `PARAMETER ${name} ${value}`),
    ...(facts.license === undefined ? [] : [`LICENSE ${quoted(facts.license)}`]),
  ].join('\n')}\n`;
}

/** Those that have a value. */
const said = (parameters: NonNullable<ModelfileFacts['parameters']>): [string, number][] =>
  Object.entries<number | undefined>(parameters).filter((entry): entry is [string, number] => entry[1] !== undefined);

/**
 * Text over several lines stands between three quotes, and nothing in it is escaped, so three in the text are parted.
 */
const quoted = (text: string): string => `"""${text.replace(/"""/g, '"" "').replace(/"$/, '" ')}"""`;
