import { removeKept } from '@sallyport/adapter-mcp';
import type { Caller } from '@sallyport/contracts';
import type { ConnectionsPort, ConnectionView } from '@sallyport/endpoint-admin';
import type { UpstreamSet } from '../upstream-set.ts';
import { type ConnectionBookParts, createConnectionBook, tokensIn } from './connection-book.ts';

export interface KeptConnectionsParts extends ConnectionBookParts {
  readonly upstreams: Pick<UpstreamSet, 'all'>;
}

const PLACE = /^([^/]+)\/(sub_[A-Za-z0-9_-]+)$/;

/** What is kept of users' sign-ins at all upstreams, for who administers them: everything but the tokens. */
export function createKeptConnections(parts: KeptConnectionsParts): ConnectionsPort {
  const { connections, directory, seal, upstreams } = parts;

  async function viewOf(tenant: string, name: string, sealed: string): Promise<ConnectionView | null> {
    const [, upstream = '', subject = ''] = PLACE.exec(name) ?? [];
    const person = subject === '' ? null : await directory.nameOf(tenant, subject);
    // Whose name is erased has nothing here but what the erasure is about to remove.
    if (person === null) return null;
    const content = seal.open({ tenant, name }, sealed);
    const { issuer, scopes, since, until, refreshToken } = content === null ? nothing : tokensIn(content);
    const times = { since: timeOf(since), until: timeOf(until), renewed: refreshToken !== null };
    return { tenant, upstream, subject, name: person, authorizationServer: issuer, scopes, ...times };
  }

  async function list(tenant: string): Promise<readonly ConnectionView[]> {
    const kept = await connections.list(tenant);
    const views = await Promise.all(kept.map(([name, sealed]) => viewOf(tenant, name, sealed)));
    return views.filter((view) => view !== null);
  }

  async function disconnect(upstream: string, caller: Caller, by: Caller): Promise<boolean> {
    const signIn = upstreams.all.get(upstream)?.signIn;
    if (signIn != null) return signIn.disconnect(caller, by);
    // The upstream is gone, and with it the way to its authorization server.
    return (await removeKept(createConnectionBook(parts, upstream), caller, by)) !== null;
  }

  return {
    list,
    async remove({ tenant, upstream, subject, issuer, by }) {
      const there = (await list(tenant)).filter((one) => one.upstream === upstream);
      const [found, ...others] = there.filter(
        (one) => one.subject === subject || isNamed(callerOf(one), subject, issuer),
      );
      if (others.length > 0) {
        const detail = 'People of several issuers have this id. Say which by the issuer, or by the pseudonym.';
        return { ok: false, reason: 'conflict', detail };
      }
      const actor = { tenant, issuer: by.subject.issuer, subject: by.subject.id };
      if (found === undefined || !(await disconnect(upstream, callerOf(found), actor))) {
        const detail = `Nothing is kept of a sign-in of ${subject} at ${upstream} in ${tenant}.`;
        return { ok: false, reason: 'unknown', detail };
      }
      return { ok: true, subject: found.subject };
    },
  };
}

const nothing = { issuer: null, scopes: [], since: null, until: null, refreshToken: null };

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** An issuer has no `|`. */
function callerOf({ tenant, name }: ConnectionView): Caller {
  const end = name.indexOf('|');
  return { tenant, issuer: name.slice(0, end), subject: name.slice(end + 1) };
}

function isNamed(caller: Caller, subject: string, issuer: string | null): boolean {
  return caller.subject === subject && (issuer === null || caller.issuer === issuer);
}
