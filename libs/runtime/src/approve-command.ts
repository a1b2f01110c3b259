import { commandName } from '@sallyport/base';
import type { Config } from '@sallyport/contracts';

export interface Reachable {
  readonly config: Pick<Config, 'public_url'>;
  /** Where the admin API is on this machine; others know `public_url`, and have the program by its usual name. */
  readonly url: string;
  /** Whether the command must hold in every folder. */
  readonly anywhere?: boolean;
}

/**
 * The command by which somebody answers, complete but for the voter's own token: it needs neither our configuration nor our
 * folder.
 */
export function approveCommand(approval: string, { config, url, anywhere = false }: Reachable): string {
  const { public_url: known } = config;
  const name = known === undefined ? commandName(process, { anywhere }) : 'sallyport';
  const address = known === undefined ? reachable(url) : new URL(known).origin;
  return `${name} approve ${approval} --url ${address} --token <token>`;
}

/** The command by which the operator of this machine approves what servers offer, in every folder. */
export function approveDefinitionsCommand(file: string, url: string): string {
  const path = /^[\w./:@+-]+$/.test(file) ? file : JSON.stringify(file);
  return `${commandName(process, { anywhere: true })} definitions approve --config ${path} --url ${reachable(url)}`;
}

/** An instance that listens everywhere is asked on the loopback address. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
