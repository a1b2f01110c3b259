import { clientMetadata } from '@sallyport/contracts';

/** Where authorization servers read who we are; null where it would be over plain HTTP. */
export function documentUrl(base: string): string | null {
  return base.startsWith('https:') ? `${base}/client-metadata.json` : null;
}

/** What they read there (Client ID Metadata Document); null where nobody signs in anywhere, or over plain HTTP. */
export function clientDocument(base: string, callbacks: readonly string[]) {
  const client_id = documentUrl(base);
  return client_id === null || callbacks.length === 0 ? null : { client_id, ...clientMetadata(callbacks) };
}
