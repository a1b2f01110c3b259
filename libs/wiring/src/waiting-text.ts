import { counted } from '@sallyport/base';
import type { Opened } from './open.ts';

/**
 * What a client that speaks in lines is told of what it does not see since nobody has approved it, and how a person
 * does; null where there are none. Such a client shows nothing that we write on the log.
 */
export function waitingText({ runtime, loaded, approveDefinitions }: Told): string | null {
  const { definitions, upstreams } = runtime;
  const waiting = [...upstreams.all.keys()].flatMap((id) => definitions.waiting(id)).length;
  const isSilent =
    upstreams.all.size > 0 && upstreams.unlisted().length === upstreams.all.size && definitions.list().length === 0;
  if (waiting === 0 && !isSilent) return null;
  const what = isSilent
    ? 'No server has said yet what it offers; what nobody has approved is hidden.'
    : `${counted(waiting, 'definition')} hidden until approved.`;
  const command = approveDefinitions();
  if (command === null)
    return `${what} No command reaches this program: set \`listen\` in ${loaded.file} to a free address.`;
  return `${what} Tell the user, who looks at them and approves in a terminal: ${command}`;
}

type Told = Pick<Opened, 'loaded' | 'approveDefinitions'> & {
  readonly runtime: {
    readonly definitions: Pick<Opened['runtime']['definitions'], 'list' | 'waiting'>;
    readonly upstreams: { readonly all: ReadonlyMap<string, unknown>; unlisted(): readonly string[] };
  };
};
