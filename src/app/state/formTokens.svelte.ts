// The new special tokens that the form asks for: what a tokenizer says of them, and the tokenizer that has them.
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import { grownShape, type NewTokens } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { newTokensFault, newTokenTexts } from '../../base/settings/newTokens';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { NewTokensRequest } from '../../base/wire/requests';
import type { TrainMode } from './formNames';
import type { Workers } from './workers';

interface TokensOnForm {
  readonly mode: TrainMode;
  /** What was changed by hand: the settings themselves follow from the tokenizer too. */
  readonly overrides: Partial<TrainSettings>;
  readonly tuned: { tokenizerId: Id; model: ModelShape } | undefined;
  readonly tokenizers: readonly TokenizerRecord[];
}

/** The new tokens of a fresh adapter on a model of the list; an adapter that is tuned further has its own. */
export class FormTokens {
  readonly #form: TokensOnForm;
  readonly #data: Pick<Workers['data'], 'newTokens'>;
  #answer = $state.raw<{ of: string; tokens?: NewTokens; error?: AtelierError }>();
  #asked = 0;
  texts = $derived.by<readonly string[]>(() => {
    const { mode, overrides } = this.#form;
    const { method = 'lora', newTokens = '' } = overrides;
    return mode === 'pretrained' && method === 'lora' ? newTokenTexts(newTokens) : [];
  });
  /** Undefined where there are none, or what is written is wrong by itself. */
  request = $derived.by<NewTokensRequest | undefined>(() => {
    const { tuned } = this.#form;
    if (!tuned || this.texts.length === 0 || newTokensFault(this.texts)) return undefined;
    return { tokenizerId: tuned.tokenizerId, texts: [...this.texts], baseRows: tuned.model.vocabSize };
  });
  /** As text, so that what is equal is not asked again. */
  asked = $derived(JSON.stringify(this.request) as string | undefined);
  /** Their ids, once the tokenizer said them. */
  found = $derived(this.#answer?.of === this.asked ? this.#answer?.tokens : undefined);
  fault = $derived.by<AtelierError | undefined>(() => {
    const fault = newTokensFault(this.texts);
    if (fault) return new AtelierError(fault.code, fault.facts);
    return this.request && this.#answer?.of === this.asked ? this.#answer?.error : undefined;
  });
  /** The tokenizer is still to say whether it has them. */
  waiting = $derived(this.request !== undefined && !this.found && !this.fault);
  /** The tokenizer that has them, where one was made before. */
  tokenizer = $derived.by<TokenizerRecord | undefined>(() => {
    const { request } = this;
    const key = (tokens: readonly string[]): string => tokens.join('\n');
    return request
      ? this.#form.tokenizers.find(
          ({ extended }) =>
            extended?.from === request.tokenizerId &&
            extended.baseRows === request.baseRows &&
            key(extended.texts) === key(request.texts),
        )
      : undefined;
  });

  constructor(form: TokensOnForm, data: Pick<Workers['data'], 'newTokens'>) {
    this.#form = form;
    this.#data = data;
  }

  /** The model with their rows. */
  grown(model: ModelShape): ModelShape {
    return this.found ? grownShape(model, this.found) : model;
  }

  /** Asks the tokenizer; an answer that came too late is dropped. */
  async refresh(): Promise<void> {
    const { request, asked: of } = this;
    const asked = ++this.#asked;
    if (!request || of === undefined) return;
    const answer = await this.#data.newTokens(request).then(
      (tokens) => ({ of, tokens }),
      (thrown: unknown) => ({ of, error: asAtelierError(thrown) }),
    );
    if (asked === this.#asked) this.#answer = answer;
  }
}
