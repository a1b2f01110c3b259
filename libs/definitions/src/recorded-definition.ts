import { canonical } from '@sallyport/base';
import { type Digest, type EventData, type JsonObject, JournalUnavailable, type Texts } from '@sallyport/contracts';
import type { DefinitionEvent } from './pin.ts';

/** A larger definition stands in no event: its text is kept by its digest alone. */
const MOST_BYTES = 49_152;

type Data<Type extends DefinitionEvent = DefinitionEvent> = EventData[Type];

/** Keeps the text of what is approved, and gives the event's data, without a definition that is too large for it. */
export async function keptApart<Type extends DefinitionEvent>(
  texts: Texts | undefined,
  data: Data<Type>,
): Promise<Data<Type>> {
  if (texts === undefined || !('definition' in data)) return data;
  const text = canonical(data.definition);
  await texts.keep(text);
  const bytes = Buffer.byteLength(text);
  return bytes <= MOST_BYTES ? data : { ...data, definition: {}, definition_bytes: bytes };
}

/** The data with the definition that the event did not hold; a promise only where there is one. */
export function madeWhole(texts: Texts | undefined, data: Data): Data | Promise<Data> {
  if (!('definition_bytes' in data)) return data;
  return definitionOf(texts, data.digest).then((definition) => ({ ...data, definition }));
}

/** @throws JournalUnavailable where it can't be read: nobody may take the tool for one without a definition */
async function definitionOf(texts: Texts | undefined, digest: Digest): Promise<JsonObject> {
  const text = await texts?.find(digest);
  if (text == null) throw new JournalUnavailable(`The text of the approved definition ${digest} can’t be read.`);
  return JSON.parse(text) as JsonObject;
}
