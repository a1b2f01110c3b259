import { ANN, callTool, eventually, makeScratch, send, serve, statefulProgram } from '@sallyport/testing/harness';

const command = [process.execPath, statefulProgram];
const definitions = 'trust_on_first_use';

describe('what programs write to stderr', () => {
  const served = serve(() =>
    makeScratch({
      config: {
        upstreams: {
          quiet: { command, definitions },
          loud: { command, definitions, stderr: 'log', env: { GIVEN: 'given-in-secret' } },
          broken: { command: [...command, 'broken'], env: { GIVEN: 'given-in-secret' } },
        },
      },
    }),
  );

  const write = (upstream: string, name: string) =>
    callTool(served.sallyport, ANN.token, [`${upstream}__write`, { name }]);
  const metrics = async (): Promise<string> => (await send(served.sallyport, { method: 'GET', path: '/metrics' })).text;

  it('is not in the log, arguments least of all; it is counted, and the log says how to see it', async () => {
    expect((await write('quiet', 'a-private-argument')).said).toBe('written');
    await eventually(async () =>
      (await metrics()).includes('sallyport_upstream_stderr_lines_total{upstream="quiet"} 1'),
    );
    expect(served.sallyport.log()).not.toContain('a-private-argument');
    expect(served.sallyport.log()).toContain('quiet: stderr is counted; set `stderr: log`');
  });

  it('is logged where the operator asks for it, without credentials, and as one line', async () => {
    const name = `token=ghp_${'a'.repeat(36)} given-in-secret \u001b[2J`;
    expect((await write('loud', name)).said).toBe('written');
    await served.sallyport.logged('called with');
    const line =
      served.sallyport
        .log()
        .split('\n')
        .find((entry) => entry.includes('called with')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ msg: 'loud: stderr' });
    expect(line).toContain('[redacted:github_token] [value of GIVEN]');
    expect(line).not.toMatch(/ghp_|given-in-secret/);
  });

  it('says why a program ended before it was ready, without the credentials that it names', async () => {
    await served.sallyport.logged('no database at');
    const line =
      served.sallyport
        .log()
        .split('\n')
        .find((entry) => entry.includes('no database at')) ?? '';
    expect(line).toContain('broken: stderr of a program that did not get ready');
    expect(line).toContain('postgres://app:[redacted:url_password]@db/x with [value of GIVEN]');
  });
});
