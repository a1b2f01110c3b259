import type { Directory, Subjects } from '@sallyport/contracts';

/** 128 bits: nobody guesses one, no two meet. */
const REF_BYTES = 16;

export interface MemoryDirectory extends Directory, Pick<Subjects, 'find'> {
  /** Forgets the name of a pseudonym. */
  erase(tenant: string, ref: string): void;
}

/** Random pseudonyms, in memory. */
export function createMemoryDirectory(random: (bytes: number) => string): MemoryDirectory {
  const refs = new Map<string, string>();
  const names = new Map<string, string>();

  return {
    refOf(tenant, kind, name) {
      const key = `${tenant}\0${kind}\0${name}`;
      const known = refs.get(key);
      if (known !== undefined) return known;
      const ref = `${kind}_${random(REF_BYTES)}`;
      refs.set(key, ref);
      names.set(`${tenant}\0${ref}`, name);
      return ref;
    },
    nameOf: async (tenant, ref) => names.get(`${tenant}\0${ref}`) ?? null,
    find: async (tenant, name) => refs.get(`${tenant}\0sub\0${name}`) ?? null,
    erase(tenant, ref) {
      const name = names.get(`${tenant}\0${ref}`);
      names.delete(`${tenant}\0${ref}`);
      refs.delete(`${tenant}\0${ref.slice(0, ref.indexOf('_'))}\0${name}`);
    },
  };
}
