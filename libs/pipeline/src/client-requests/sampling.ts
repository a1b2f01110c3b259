import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { labelledPrompt, withoutImitation } from './label.ts';
import { plainLine } from './shown-text.ts';
import { numberIn, objectsOf, present, textIn, textsOf } from './read-values.ts';
import { type Given, invalid, notAsked, type RequestKind } from './reading.ts';

/** `sampling/createMessage` (2025-11-25, client/sampling): text of the client's model, without tools and without context. */
export const sampling: RequestKind = {
  method: 'sampling/createMessage',
  missing: (_params, granted) => (granted?.sampling === undefined ? 'sampling: {}' : null),
  canAnswer: (_params, capabilities) => isObject(capabilities['sampling']),
  prepare(params, { upstream, granted }) {
    if (params['tools'] !== undefined || params['toolChoice'] !== undefined)
      return notAsked('tools_not_granted', 'Sampling with tools is not passed on. Ask without tools and toolChoice.');
    const messages = messagesOf(params['messages']);
    if (messages === null)
      return notAsked('malformed', 'messages must be a list of user and assistant messages of text, image or audio.');
    const most = granted.sampling?.max_tokens ?? 0;
    const wanted = numberIn(params, 'maxTokens') ?? most;
    const shown = {
      ...optional(params),
      messages: labelledFirst(upstream, messages),
      systemPrompt: labelledPrompt(upstream, withoutImitation(textIn(params, 'systemPrompt') ?? '')),
      includeContext: 'none',
      maxTokens: Math.max(1, Math.min(Math.floor(wanted), most)),
    };
    return { kind: 'shown', params: shown, changes: changesOf(params['includeContext'], wanted > most) };
  },
  keep: () => ({}),
  read: (_shown, answer) => messageIn(answer),
};

function changesOf(context: JsonValue | undefined, lowered: boolean): readonly string[] {
  const changes = context === undefined || context === 'none' ? [] : ['include_context'];
  return lowered ? [...changes, 'max_tokens'] : changes;
}

/** Null for what is no list of messages. */
function messagesOf(given: JsonValue | undefined): readonly JsonObject[] | null {
  const messages = objectsOf(given)?.map(messageOf) ?? [];
  const sound = messages.filter((message) => message !== null);
  return sound.length === 0 || sound.length < messages.length ? null : sound;
}

function messageOf(message: JsonObject): JsonObject | null {
  const role = message['role'];
  if (role !== 'user' && role !== 'assistant') return null;
  const content = contentOf(message['content'], withoutImitation);
  return content === null ? null : { role, content };
}

/** One block, or a list of them; null where there is another kind among them. */
function contentOf(content: JsonValue | undefined, edit: (text: string) => string): JsonValue | null {
  if (!Array.isArray(content)) return blockOf(content, edit);
  const blocks = content.map((block) => blockOf(block, edit));
  return blocks.length === 0 || blocks.includes(null) ? null : blocks.filter((block) => block !== null);
}

function blockOf(block: JsonValue | undefined, edit: (text: string) => string): JsonObject | null {
  if (!isObject(block)) return null;
  const { type, text, data, mimeType } = block;
  if (type === 'text') return typeof text === 'string' ? { type, text: edit(text) } : null;
  if (type !== 'image' && type !== 'audio') return null;
  return typeof data === 'string' && typeof mimeType === 'string' ? { type, data, mimeType } : null;
}

/** The first message begins with our line; where it is no text, a message of ours stands before it. */
function labelledFirst(upstream: string, messages: readonly JsonObject[]): JsonObject[] {
  const [first, ...rest] = messages;
  const content = first?.['content'];
  if (first !== undefined && isObject(content) && typeof content['text'] === 'string')
    return [{ ...first, content: { ...content, text: labelledPrompt(upstream, content['text']) } }, ...rest];
  return [{ role: 'user', content: { type: 'text', text: labelledPrompt(upstream, '') } }, ...messages];
}

function optional(params: JsonObject): JsonObject {
  const stop = textsOf(params['stopSequences'])
    ?.slice(0, 8)
    .map((text) => text.slice(0, 256));
  return present({
    temperature: numberIn(params, 'temperature'),
    stopSequences: stop === undefined ? undefined : [...stop],
    modelPreferences: isObject(params['modelPreferences']) ? preferencesOf(params['modelPreferences']) : undefined,
  });
}

function preferencesOf(given: JsonObject): JsonObject {
  const hints = objectsOf(given['hints'])
    ?.slice(0, 8)
    .map(({ name }) => ({ name: plainLine(String(name), 100) }));
  const priorities = ['costPriority', 'speedPriority', 'intelligencePriority'].map((name) => [
    name,
    numberIn(given, name),
  ]);
  return present({ hints, ...(Object.fromEntries(priorities) as Record<string, number | undefined>) });
}

/** What the model wrote: one message of text, image or audio. */
function messageIn(answer: JsonObject): Given {
  const content = contentOf(answer['content'], (text) => text);
  const model = textIn(answer, 'model');
  if (answer['role'] !== 'assistant' || content === null || model === undefined) return invalid;
  const result = present({
    role: 'assistant',
    content,
    model: plainLine(model, 200),
    stopReason: textIn(answer, 'stopReason'),
  });
  return { outcome: 'answered', result };
}
