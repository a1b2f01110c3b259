/** What a server shows and its key, as PEM. It is its own authority. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate for 127.0.0.1 that nobody trusts yet. */
export async function makeCertificate(): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  const made = await generate([{ name: 'commonName', value: 'server.test' }], {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** Where `certificateFiles` are in a container. */
export const certificatePaths = { certificate: '/tls/server.crt', key: '/tls/server.key', both: '/tls/server.pem' };

/** The files of a certificate, to be copied into a container; none without one. */
export function certificateFiles(tls?: Certificate): { content: string; target: string; mode: number }[] {
  if (tls === undefined) return [];
  const { certificate, key } = tls;
  return [
    { content: certificate, target: certificatePaths.certificate, mode: 0o644 },
    { content: key, target: certificatePaths.key, mode: 0o644 },
    { content: `${key}\n${certificate}`, target: certificatePaths.both, mode: 0o644 },
  ];
}
