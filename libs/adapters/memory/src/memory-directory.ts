import type { Directory } from '@sallyport/contracts';

/** 128 bits: nobody guesses one, no two meet. */
const REF_BYTES = 16;

/** Random pseudonyms, in memory. */
export function createMemoryDirectory(random: (bytes: number) => string): Directory {
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
  };
}
