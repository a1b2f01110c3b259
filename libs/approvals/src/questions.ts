import type { Journal, JsonObject, JsonValue, Vault } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import type { Entry } from './read-model.ts';

export interface Opened {
  readonly ask: string | null;
  readonly arguments: JsonObject | null;
  readonly objects: readonly JsonValue[] | null;
}

/** Opens what events only commit to. */
export interface Questions {
  open(entry: Entry): Promise<Opened>;
}

/** Reads a question's text beside the event that asked it, and the arguments beside the decision that held the call. */
export function createQuestions({ journal, vault }: { readonly journal: Journal; readonly vault: Vault }): Questions {
  async function value(tenant: string, event: string, field: string): Promise<string | null> {
    const sealed = await vault.open(tenant, event);
    return sealed.find((one) => one.field === field)?.value ?? null;
  }

  return {
    async open({ asked, state: { question } }) {
      const { tenant, callId } = question;
      const ask = await value(tenant, asked, 'ask');
      const objects = await value(tenant, asked, 'objects');
      const events = await journal.readStream(tenant, `call/${callId}`);
      const decided = events.find(({ type }) => type === 'call.decided');
      const text = decided === undefined ? null : await value(tenant, decided.id, 'arguments');
      return {
        ask,
        arguments: text === null ? null : parseObject(text),
        objects: objects === null ? null : parseList(objects),
      };
    },
  };
}

function parseList(text: string): readonly JsonValue[] {
  const value: JsonValue = JSON.parse(text);
  return Array.isArray(value) ? value : [];
}

function parseObject(text: string): JsonObject | null {
  const value: JsonValue = JSON.parse(text);
  return isObject(value) ? value : null;
}
