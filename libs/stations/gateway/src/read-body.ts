import type { IncomingMessage } from 'node:http';

/**
 * Collects a request's body.
 *
 * @param limit bytes; nothing is kept as soon as there are more
 * @returns the bytes, or why there are none: too many, or the client broke off
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | 'too_large' | 'gone'> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', function collect(chunk: Buffer) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else resolve('too_large');
    });
    request.on('end', function whole() {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    const gone = () => resolve('gone');
    request.on('error', gone);
    request.on('close', gone);
  });
}
