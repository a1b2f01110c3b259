import { configSchema } from '@sallyport/contracts';
import { hiddenValues, withSecrets } from './secrets.ts';

const upstream = (given: object) => {
  const { up } = configSchema.parse({ upstreams: { up: given } }).upstreams;
  if (up === undefined) throw new Error('no upstream');
  return up;
};

describe('credentials in a command line or an address', () => {
  beforeAll(() => void (process.env['TEST_WORD'] = '--key=S3CR3T'));
  beforeAll(() => void (process.env['TEST_ADDRESS'] = 'https://x.example/s/S3CR3T/mcp'));
  afterAll(() => ['TEST_WORD', 'TEST_ADDRESS'].forEach((name) => delete process.env[name]));

  it.each([
    [{ command: ['a', { env: 'TEST_NONE' }] }, 'command, word 2: the environment variable TEST_NONE is not set'],
    [{ url: { env: 'TEST_NONE' } }, 'url: the environment variable TEST_NONE is not set'],
    [{ url: { file: 'none' } }, 'url: none can’t be read'],
    [{ url: { env: 'TEST_WORD' } }, 'url: what it names holds no http:// or https:// address'],
  ])('%j are told without their value', (given, message) => {
    expect(() => withSecrets(upstream(given), '/nowhere')).toThrow(
      expect.objectContaining({ code: 'secret_missing', message }),
    );
  });

  it('stand in their place when it starts, and are kept out of the log', () => {
    const program = upstream({ command: ['a', { env: 'TEST_WORD' }, 'b'] });
    const started = withSecrets(program, '.');
    expect(started).toMatchObject({ command: ['a', '--key=S3CR3T', 'b'] });
    expect(Object.values(hiddenValues(program, '.'))).toEqual(['--key=S3CR3T']);
    const server = upstream({ url: { env: 'TEST_ADDRESS' } });
    const reached = withSecrets(server, '.');
    expect(reached).toMatchObject({ url: 'https://x.example/s/S3CR3T/mcp' });
    expect(Object.values(hiddenValues(server, '.'))).toEqual(['https://x.example/s/S3CR3T/mcp']);
  });
});
