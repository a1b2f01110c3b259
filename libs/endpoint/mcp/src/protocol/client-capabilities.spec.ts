import { clientCapabilities } from './client-capabilities.ts';

describe('the capabilities of a client', () => {
  it('are not kept where nobody reads them, or where they are no objects', () => {
    const large = 'A'.repeat(1_000_000);
    expect(clientCapabilities({ x: large, experimental: { x: large }, sampling: true, roots: null })).toEqual({});
  });

  it('are kept without details where those are too large', () => {
    expect(clientCapabilities({ elicitation: { form: { x: 'A'.repeat(1_000_000) } } })).toEqual({ elicitation: {} });
  });

  it('are kept as they were declared', () => {
    const declared = {
      elicitation: { form: { applyDefaults: true }, url: {} },
      sampling: {},
      roots: { listChanged: true },
    };
    expect(clientCapabilities(declared)).toEqual(declared);
  });
});
