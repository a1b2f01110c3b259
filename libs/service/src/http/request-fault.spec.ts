import { jsonContentFault, requestFault } from './request-fault.ts';

const head = (url: string, ...rawHeaders: string[]) => {
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers[rawHeaders[at]?.toLowerCase() ?? ''] ??= rawHeaders[at + 1] ?? '';
  return { url, httpVersion: '1.1', rawHeaders, headers };
};

describe('requestFault', () => {
  it.each([
    'Host',
    'Authorization',
    'DPoP',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'Origin',
    'Expect',
    'Mcp-Session-Id',
    'MCP-Protocol-Version',
    'Mcp-Method',
    'Mcp-Name',
    'Mcp-Param-Region',
    'Last-Event-ID',
  ])('refuses %s twice, also where both say the same', (name) => {
    const fault = requestFault(head('/mcp', 'Host', 'a', name, 'a', name.toUpperCase(), 'a'));
    expect(fault).toMatchObject({ status: 400, error: 'repeated_header' });
    expect(fault?.message.toLowerCase()).toContain(name.toLowerCase());
  });

  it.each([
    'http://evil/mcp',
    'https://evil/mcp',
    'http://a.evil/mcp',
    'http://a@evil/mcp',
    'http://user@a/mcp',
    'http://a:81/mcp',
    'http:///mcp',
    'http://a#x/mcp',
    'ftp://a/mcp',
    'a:80',
    '*',
    '/mcp#x',
    '',
  ])('refuses the target %p at the host a', (url) => {
    expect(requestFault(head(url, 'Host', 'a'))).toMatchObject({ status: 400, error: 'foreign_target' });
  });

  it('refuses an absolute target without a Host to agree with', () => {
    expect(requestFault(head('http://a/mcp'))).toMatchObject({ error: 'foreign_target' });
  });

  it.each(['gzip, chunked', 'identity', 'gzip'])('refuses the transfer encoding %p', (coding) => {
    const fault = requestFault(head('/mcp', 'Host', 'a', 'Transfer-Encoding', coding));
    expect(fault).toMatchObject({ status: 501, error: 'transfer_encoding' });
  });

  it('refuses chunks in HTTP/1.0, and versions that it does not speak', () => {
    const chunked = head('/mcp', 'Host', 'a', 'Transfer-Encoding', 'chunked');
    expect(requestFault({ ...chunked, httpVersion: '1.0' })).toMatchObject({ status: 400 });
    for (const httpVersion of ['0.9', '2.0'])
      expect(requestFault({ ...head('/mcp', 'Host', 'a'), httpVersion })).toMatchObject({ status: 505 });
  });

  it('refuses more headers than anybody needs', () => {
    const many = Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1']).flat();
    expect(requestFault(head('/mcp', ...many))).toMatchObject({ status: 431 });
  });

  it.each(['/mcp', '/mcp?x=1', 'http://a/mcp', 'HTTP://A:80/mcp', 'https://a:443/mcp', 'http://a?x'])(
    'takes the target %p at the host a',
    (url) => expect(requestFault(head(url, 'Host', 'a', 'Accept', 'x/y', 'Accept', 'y/z'))).toBeNull(),
  );
});

describe('jsonContentFault', () => {
  it.each([
    undefined,
    '',
    'text/plain',
    'application/jsonp',
    'application/json-seq',
    'application/json, text/plain',
    'application/json;charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset="utf-7"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset',
    'multipart/form-data; charset=utf-8',
  ])('refuses the type %p', (type) => {
    expect(jsonContentFault({ ...(type !== undefined && { 'content-type': type }) })).toMatchObject({ status: 415 });
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity', 'zstd', ''])('refuses the encoding %p', (encoding) => {
    const fault = jsonContentFault({ 'content-type': 'application/json', 'content-encoding': encoding });
    expect(fault).toMatchObject({ status: 415, error: 'content_encoding' });
  });

  it.each([
    'application/json',
    'Application/JSON;CHARSET=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf8',
    'application/json; odata=verbose',
    'application/json;',
  ])('takes the type %p', (type) => {
    expect(jsonContentFault({ 'content-type': type, 'content-encoding': 'identity' })).toBeNull();
  });
});
