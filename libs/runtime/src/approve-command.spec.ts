import { approveCommand } from './approve-command.ts';

const command = (url: string, public_url?: string) => {
  return approveCommand('A-7', { config: { public_url }, url }).replace(/^.*approve/, 'approve');
};

describe('the command that answers a question', () => {
  it.each([
    ['http://127.0.0.1:4711', undefined, 'http://127.0.0.1:4711'],
    ['http://0.0.0.0:8787', undefined, 'http://127.0.0.1:8787'],
    ['http://[::]:8787', undefined, 'http://[::1]:8787'],
    ['http://0.0.0.0:8787', 'https://tools.example.com/mcp', 'https://tools.example.com'],
  ])('at %s, known as %s, names %s', (url, known, address) => {
    expect(command(url, known)).toBe(`approve A-7 --url ${address} --token <token>`);
  });
});
