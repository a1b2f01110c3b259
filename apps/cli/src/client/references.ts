import type { AdminClient } from './admin-client.ts';

/** What stands behind the kind of a reference, however it was printed: `approval/A-17` and `a-17` are `A-17`. */
export function bare(kind: 'approval' | 'call' | 'definition', reference: string): string {
  const id = reference.replace(new RegExp(`^${kind}/`, 'i'), '');
  return kind === 'definition' ? id : id.toUpperCase();
}

/** The call that a reference leads to: its own, or that of an approval. */
export async function callOf(client: AdminClient, reference: string): Promise<string> {
  const id = bare('approval', bare('call', reference));
  if (!id.startsWith('A-')) return id;
  const { approval } = await client.get<{ approval: { callId: string } }>(`/approvals/${encodeURIComponent(id)}`);
  return approval.callId;
}
