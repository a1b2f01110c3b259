import { isBlank, LineSplitter } from './lines.ts';

function read(pieces: readonly (string | Buffer)[], { maxBytes = 40, prefix = '' } = {}) {
  const lines = new LineSplitter(maxBytes, prefix);
  return pieces
    .flatMap((piece) => [...lines.push(Buffer.from(piece))])
    .map((line) => (Buffer.isBuffer(line) ? line.toString() : [line.bytes, line.scan.id() ?? line.scan.answerId()]));
}

describe('lines', () => {
  it('that are too long leave their size and the id of their message, and the next is read', () => {
    const long = `{"id":5,"method":"${'x'.repeat(50)}"}`;
    expect(read([`${long}\nshort\n`])).toEqual([[long.length, 5], 'short']);
    expect(read([...long, '\n', 'short\n'])).toEqual([[long.length, 5], 'short']);
    expect(read([`{"result":"${'x'.repeat(50)}","id":6}\n`])).toEqual([[70, 6]]);
  });

  it('that are too long are read behind their prefix, which others keep', () => {
    const long = `data: {"id":5,"result":"${'x'.repeat(50)}"}`;
    expect(read([...long, '\ndata: {}\n'], { prefix: 'data:' })).toEqual([[long.length, 5], 'data: {}']);
    expect(read([`other: ${long}\n`], { prefix: 'data:' })).toEqual([[long.length + 7, null]]);
  });

  it('are the same however they are cut; a byte order mark before one is no part of it', () => {
    const bytes = Buffer.from('\ufeffä\n\nb\r\nno end');
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(['ä', '', 'b\r']);
    expect(read([bytes])).toEqual(['ä', '', 'b\r']);
  });

  it.each([
    ['', true],
    [' \t\r', true],
    [' {', false],
    ['\u00a0', false],
  ])('of white space alone are blank: %j', (line, blank) => {
    expect(isBlank(Buffer.from(line))).toBe(blank);
  });
});
