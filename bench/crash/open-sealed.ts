import { createDecipheriv, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What a query gives: the sealed arguments, their event, and the key that they are under. */
const columns = ['tenant', 'id', 'subject', 'wrapped', 'sealed'] as const;

/**
 * Opens sealed arguments without the product's code.
 *
 * @param file `sealing.key`, of one secret; read when it is needed first
 */
export function sealedOpener(file: string): (row: Readonly<Record<string, unknown>>) => string {
  let secret: Buffer | undefined;
  return function open(row) {
    const [tenant, id, subject, wrapped, sealed] = columns.map((name) => String(row[name])) as [
      string,
      string,
      string,
      string,
      string,
    ];
    secret ??= Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
    const outer = new Uint8Array(hkdfSync('sha256', secret, '', `sallyport/wrap/v1\0${tenant}`, 32));
    const [, key = ''] = wrapped.split('.');
    const inner = Buffer.from(deciphered(outer, key, ['sallyport/subject-key/v1', tenant, subject]), 'base64url');
    const text = deciphered(inner, sealed, ['sallyport/sealed/v1', tenant, subject, id, 'arguments']);
    return text.slice(text.indexOf('\n') + 1);
  };
}

function deciphered(key: Uint8Array, text: string, place: readonly string[]): string {
  const bytes = Buffer.from(text, 'base64url');
  const opened = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
  opened.setAAD(Buffer.from(JSON.stringify(place))).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([opened.update(bytes.subarray(12, -16)), opened.final()]).toString('utf8');
}
