import type { RunningEndpoint } from './running-endpoint.ts';

/** A question that stands on the stream of a call. */
export interface AskedAt {
  readonly id: string;
  /** Of the event that it came in. */
  readonly event: string;
  /** Drops the connection. */
  lose(): void;
  /** All that the stream says until its end. */
  rest(): Promise<string>;
}

/** Calls a tool that asks, and resolves when its question is there. */
export async function askedAt(
  { port }: RunningEndpoint,
  session: Record<string, string>,
  body: unknown = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'shop__ask' } },
): Promise<AskedAt> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...session };
  const abort = new AbortController();
  const url = `http://127.0.0.1:${port}/mcp`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  async function read(): Promise<boolean> {
    const next = await reader?.read();
    text += next?.value ?? '';
    return next?.done === false;
  }
  while (!/"id":"[^"]+"/.test(text) && (await read()));
  return {
    id: /"id":"([^"]+)"/.exec(text)?.[1] ?? '',
    event: [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '',
    lose: () => abort.abort(),
    async rest() {
      while (await read());
      return text;
    },
  };
}
