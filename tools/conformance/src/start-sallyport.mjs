import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@sallyport/wiring';
import { configOf, profiles } from './profiles.mjs';

/**
 * The whole product in this process, with one upstream, `fixture`, at a URL. Its files are in a directory that goes with
 * it. Answers `{ url, token, operatorToken, connectUrl, configure, approve, stop }`; `connectUrl` is where users sign in,
 * `configure` takes another `auth` while it runs, and `approve` is the person who approves what first use did not trust, such as a
 * tool whose description names another one. `auth` is that of the upstream, `profile` one of profiles.mjs, `publicUrl` where the
 * endpoint is for others, `token` what the one user shows, such as a token of an identity provider that publishes no keys.
 */
export async function createRuntime({ upstreamUrl, logger, auth, profile, publicUrl, token = 'dev-conformance' }) {
  const { policy } = profiles[profile];
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-'));
  await mkdir(join(folder, 'policies'));
  const config = join(folder, 'sallyport.yaml');
  const configure = (other) =>
    writeFile(config, JSON.stringify(configOf(profiles[profile], { url: upstreamUrl, auth: other, publicUrl })));
  await configure(auth);
  await writeFile(
    join(folder, 'users.yaml'),
    JSON.stringify({ users: [{ name: 'conformance', tenant: 'suite', roles: ['tester'], token }] }),
  );
  await writeFile(join(folder, 'policies', 'suite.cedar'), policy);
  const served = await serve({ config, signals: false, ...(logger === undefined ? {} : { logger }) });
  return {
    url: `${served.url}/mcp/fixture`,
    token,
    operatorToken: served.operatorToken,
    connectUrl: new URL('/connect/fixture', publicUrl ?? served.url).href,
    configure,
    approve: () => approveOffered(served),
    async stop() {
      await served.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function approveOffered({ url, operatorToken }) {
  const ask = async (path, body) => {
    const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' };
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${url}/admin/v1/definitions${path}`, { headers, ...request })).json();
  };
  const { definitions } = await ask('');
  for (const { upstream, kind, tool, approvedDigest, offeredDigest: digest } of definitions)
    if (digest !== null && digest !== approvedDigest)
      await ask(`/${upstream}/${encodeURIComponent(tool)}/approve`, { kind, digest });
}
