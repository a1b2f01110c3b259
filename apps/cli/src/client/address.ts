import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { commandText, reachable } from '@sallyport/service/command';
import { parse } from 'yaml';
import { Failure } from '../failure.ts';

export interface AddressOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** Path of `sallyport.yaml`. */
  readonly config?: string | undefined;
}

export interface Address {
  readonly url: string;
  readonly token: string;
  /** Whether somebody gave the token; else it is that of this machine's operator. */
  readonly isOwn: boolean;
  /** The configuration that an instance would have there. */
  readonly config?: string | undefined;
}

const TOKEN_FILE = 'admin.token';
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Where the admin API is and with what token: what was given, else what the configuration says. The token in the data
 * directory is this machine's, and is never sent to another one.
 *
 * @throws Failure when there is no token to use
 */
export async function addressOf(
  { url, token, config = 'sallyport.yaml' }: AddressOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Address> {
  const place = await placeOf(config);
  const base = url ?? place.url;
  if (!URL.canParse(base)) throw new Failure('usage', `${base} is not a URL.`);
  const given = token ?? env['SALLYPORT_TOKEN'];
  if (given) return { url: base.replace(/\/+$/, ''), token: given, isOwn: true, config };
  if (!loopback.has(new URL(base).hostname)) {
    throw new Failure('usage', 'A token is needed for another machine.', { hint: 'Give --token or SALLYPORT_TOKEN.' });
  }
  return { url: base.replace(/\/+$/, ''), token: await localToken(place.data, config), isOwn: false, config };
}

async function localToken(data: string, config: string): Promise<string> {
  const path = join(data, TOKEN_FILE);
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.trim() !== '') return text.trim();
  throw new Failure('unreachable', `There is no ${path}: nothing has been started here, or you may not read it.`, {
    hint: `Start one with \`${commandText('serve', { config })}\`, name its configuration with --config, or give --token.`,
  });
}

/** Only what the address needs: a configuration with mistakes elsewhere must not keep anybody from looking. */
async function placeOf(config: string): Promise<{ url: string; data: string }> {
  const text = await readFile(config, 'utf8').catch(() => '');
  const { listen, data } = membersOf(text);
  return { url: reachable(`http://${listen ?? '127.0.0.1:8787'}`), data: resolve(dirname(config), data ?? './data') };
}

function membersOf(text: string): { listen?: string; data?: string } {
  try {
    const { listen, data } = (parse(text) ?? {}) as { listen?: unknown; data?: unknown };
    return { ...(typeof listen === 'string' && { listen }), ...(typeof data === 'string' && { data }) };
  } catch {
    return {};
  }
}
