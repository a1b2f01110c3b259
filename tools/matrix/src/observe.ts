import { isDeepStrictEqual } from 'node:util';
import { SdkErrorCode } from '@modelcontextprotocol/client';
import { CallToolResultSchema, ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { eventually } from '@sallyport/testing/harness';
import type { Call, PublishedServer } from './servers.ts';
import type { Connected } from './ways.ts';

/** What is looked at of each server. */
export const checks = ['list', 'call', 'error'] as const;
export type Check = (typeof checks)[number];

/** What a client saw, without what Sallyport says of its decision. */
export interface Observed extends Readonly<Record<Check, unknown>> {
  /** Definitions by name. */
  readonly list: Readonly<Record<string, object>>;
}

/** Lists the tools of one server, by name, as soon as there are some, and makes its two calls. */
export async function observe({ client, prefix }: Connected, { call, error }: PublishedServer): Promise<Observed> {
  const list = async () => {
    const { tools } = await client.listTools();
    const ours = tools.filter(({ name }) => name.startsWith(prefix));
    if (ours.length === 0) return null;
    return Object.fromEntries(ours.map(({ name, ...tool }): [string, object] => [name.slice(prefix.length), tool]));
  };
  const answer = async ([tool, args]: Call): Promise<unknown> => {
    const params = { name: `${prefix}${tool}`, arguments: { ...args } };
    try {
      return decided(await client.request({ method: 'tools/call', params }, CallToolResultSchema, { timeout: 30_000 }));
    } catch (thrown) {
      return failure(thrown);
    }
  };
  return { list: await eventually(list, 30_000), call: await answer(call), error: await answer(error) };
}

/** What a client says of a call that has no result. */
export function failure(thrown: unknown): { readonly thrown: string; readonly timedOut?: true } {
  const { code, message } = thrown as Error & { code?: unknown };
  const timedOut = code === ErrorCode.RequestTimeout || code === SdkErrorCode.RequestTimeout;
  return { thrown: message.replace(/ Reference \w{26}\.$/, ''), ...(timedOut && { timedOut }) };
}

/** Whether nothing came: two of these would be equal, and say nothing. Something heard is a list. */
export function isNoAnswer(seen: unknown): boolean {
  if (!isObject(seen)) return true;
  return seen['timedOut'] === true || Object.values(seen).some((part) => Array.isArray(part) && part.length === 0);
}

function decided({ _meta, ...result }: { _meta?: Record<string, unknown> | undefined }): object {
  const meta = Object.entries(_meta ?? {}).filter(([key]) => key !== 'dev.sallyport/decision');
  return { ...result, ...(meta.length > 0 && { _meta: Object.fromEntries(meta) }) };
}

/** The places at which two JSON values differ, as JSON Pointers with `*` for an index of a list. */
export function differences(direct: unknown, here: unknown, at = ''): string[] {
  if (isDeepStrictEqual(direct, here)) return [];
  if (!isObject(direct) || !isObject(here) || Array.isArray(direct) !== Array.isArray(here)) return [at || '/'];
  const keys = new Set([...Object.keys(direct), ...Object.keys(here)]);
  const places = [...keys].flatMap((key) =>
    differences(direct[key], here[key], `${at}/${Array.isArray(here) ? '*' : key}`),
  );
  return [...new Set(places)].sort();
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
