import type { Journal } from '@sallyport/contracts';
import type { GatewayEnd } from './transport-ends.ts';

/** The journal as a gateway has it: it reads by itself, and audit writes. */
export function remoteJournal(end: Pick<GatewayEnd, 'commit'>, reader: Journal): Journal {
  return {
    commit: (commit) => end.commit(commit),
    readStream: (tenant, stream) => reader.readStream(tenant, stream),
    readAll: (tenant, options) => reader.readAll(tenant, options),
  };
}
