import type { Config } from '@sallyport/contracts';
import { commandText } from '@sallyport/service/command';

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
export function approveCommand(
  approval: string,
  { config: { public_url: known }, url, anywhere = false }: Reachable,
): string {
  if (known === undefined) return commandText(`approve ${approval}`, { url, anywhere, ownToken: true });
  return `sallyport approve ${approval} --url ${new URL(known).origin} --token <token>`;
}
