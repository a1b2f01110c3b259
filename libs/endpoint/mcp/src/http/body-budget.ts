import type { HttpConfig } from '@sallyport/contracts';

export type BodyCaps = Pick<HttpConfig, 'body_bytes' | 'body_bytes_per_subject'>;

/** Counts the bytes of bodies that are kept until they are parsed, in all and by subject. */
export interface BodyBudget {
  /** Counts further bytes; the setting that has no room for them, null where they may be kept. */
  hold(subject: string, bytes: number): keyof BodyCaps | null;
  free(subject: string, bytes: number): void;
}

export function createBodyBudget(caps: BodyCaps): BodyBudget {
  const bySubject = new Map<string, number>();
  let all = 0;

  function count(subject: string, bytes: number): void {
    const held = (bySubject.get(subject) ?? 0) + bytes;
    all += bytes;
    if (held > 0) bySubject.set(subject, held);
    else bySubject.delete(subject);
  }

  return {
    hold(subject, bytes) {
      if ((bySubject.get(subject) ?? 0) + bytes > caps.body_bytes_per_subject) return 'body_bytes_per_subject';
      if (all + bytes > caps.body_bytes) return 'body_bytes';
      count(subject, bytes);
      return null;
    },
    free: (subject, bytes) => count(subject, -bytes),
  };
}
