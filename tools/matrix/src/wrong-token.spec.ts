import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort, makeScratch, type RunningSallyport, type Scratch, startSallyport } from '@sallyport/testing/harness';

const program = fileURLToPath(new URL('../../../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

/** What mcp-remote says to a person, line by line, without its process id. */
function saidOf(url: string, { directory }: Scratch): Promise<string[]> {
  const args = [program, url, '--allow-http', '--header', 'Authorization: Bearer wrong-token'];
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory };
  return new Promise((resolve) =>
    execFile(process.execPath, args, { env, timeout: 30_000 }, (_error, _stdout, stderr) =>
      resolve(stderr.split('\n').map((line) => line.replace(/^(\[\d+\] )+/, ''))),
    ),
  );
}

const stackIn = (lines: readonly string[]): number => lines.findIndex((line) => /^ +at /.test(line));

describe('mcp-remote with a wrong token', () => {
  let scratch: Scratch;
  let sallyport: RunningSallyport | null = null;

  beforeEach(() => void (scratch = makeScratch({ config: { upstreams: { up: { url: 'http://127.0.0.1:9/mcp' } } } })));
  afterEach(async () => {
    await sallyport?.stop();
    sallyport = null;
    scratch.remove();
  });

  it('says before any stack that the token is wrong, and where there are others', async () => {
    sallyport = await startSallyport(scratch);
    const lines = await saidOf(`${sallyport.url}/mcp`, scratch);
    const told = lines.findIndex((line) => /token .* is missing or wrong: .* identity.development.users/.test(line));
    expect(lines[told]).toContain('There is no sign-in here');
    expect(told).toBeLessThan(stackIn(lines));
  });

  // If this fails, mcp-remote has learned better: docs/reference/http.md says that it can't be avoided.
  it('prints a stack of every connection that fails, also where nobody listens', async () => {
    const lines = await saidOf(`http://127.0.0.1:${await freePort()}/mcp`, scratch);
    expect(lines.filter((line) => /^(Connection|Fatal) error: \w*Error: /.test(line))).toHaveLength(2);
    expect(stackIn(lines)).toBeGreaterThan(0);
  });
});
