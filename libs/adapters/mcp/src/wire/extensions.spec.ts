import { initializeParams } from './initialize.ts';
import { callMeta, modernMeta } from './requests.ts';

const extensions = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };
const us = { name: 'sallyport', version: '1', extensions };
const declared = 'io.modelcontextprotocol/clientCapabilities';
const roots = { roots: {} };

describe('extensions that clients behind us may speak', () => {
  it('are declared with what may be asked, in both eras', () => {
    expect(initializeParams(us, roots)).toMatchObject({
      capabilities: { roots: {}, extensions },
      clientInfo: { name: 'sallyport', version: '1' },
    });
    expect(modernMeta(us)[declared]).toEqual({ extensions });
    expect(callMeta(modernMeta(us), { capabilities: roots })[declared]).toEqual({ roots: {}, extensions });
  });

  it('are not spoken of where there are none', () => {
    const { name, version } = us;
    expect(initializeParams({ name, version }, roots)).toMatchObject({ capabilities: roots });
    expect(callMeta(modernMeta({ name, version }), { capabilities: roots })[declared]).toEqual(roots);
  });
});
