import { files, read } from './tree.ts';

/** Words that a reader would have to learn, and what to say. Found whole, also as parts of camelCase and snake_case names. */
const WORDS: Readonly<Record<string, string>> = {
  house: 'Sallyport, instance, or _system for the tenant',
  desk: 'service, handler or ports',
  standing: 'ActiveConfig, in force',
  furnish: 'createRuntime, start',
  seat: 'BoundGuard, guards by station',
  corridor: 'transport (the library), DecisionService (the port)',
  passage: 'Gateway',
  walk: 'decision request, pending decision',
  owed: 'pending',
  lane: 'attempt, tenant relay',
  tally: 'rejection log, counter cells, counts',
  parcel: 'outbound message',
  carrier: 'partition sender',
  pong: 'probe reply',
  bell: 'wake signal',
  nap: 'pause',
  rung: 'woken',
  shelf: 'validator cache',
  chore: 'maintenance',
  rehearse: 'dry run',
  rehearsal: 'dry run',
  unhurried: 'throttle',
  patience: 'timeout',
  door: 'endpoint',
  surroundings: 'client context',
  mint: 'create',
  stamp: 'sign, signature',
  trouble: 'incident',
  wish: 'input',
  doer: 'actor',
  scene: 'evaluation context; setup in tests',
  anew: 'again',
  whoever: 'who, the one that',
};

/** Turns of phrase. */
const PHRASES: Readonly<Record<string, string>> = {
  'of which': 'two sentences',
  'so that it need not': 'so it does not have to',
  'good-bye': 'leave',
};

/** Names of others that hold such a word: a database, a file of the shop, Redis's answer to PING. */
const NAMES = /click-?house|opening-hours|\bPONG\b/gi;

export interface WordToAvoid {
  /** From 1. */
  readonly line: number;
  readonly word: string;
  readonly say: string;
}

/** The words to avoid that a text uses. */
export function wordsToAvoid(text: string): WordToAvoid[] {
  return text.split('\n').flatMap((line, index) => {
    const plain = line.replace(NAMES, '');
    const parts = plain.match(/\p{Lu}?\p{Ll}+|\p{Lu}{2,}/gu) ?? [];
    const words = new Set(parts.map((part) => stemOf(part.toLowerCase())));
    const phrases = Object.keys(PHRASES).filter((phrase) => plain.toLowerCase().includes(phrase));
    const found = [...Object.keys(WORDS).filter((word) => words.has(word)), ...phrases];
    return found.map((word) => ({ line: index + 1, word, say: WORDS[word] ?? PHRASES[word] ?? '' }));
  });
}

/** The word of the list that a form belongs to; any other word as it is. */
function stemOf(word: string): string {
  for (const [ending, instead] of [['s'], ['es'], ['ed'], ['d'], ['ing'], ['ies', 'y']] as const) {
    const stem = word.endsWith(ending) ? `${word.slice(0, -ending.length)}${instead ?? ''}` : word;
    if (stem !== word && Object.hasOwn(WORDS, stem)) return stem;
  }
  return word;
}

/** The places of the tree that use such words. */
export function placesToMend(): string[] {
  const texts = files().filter(
    (path) =>
      (/\.(ts|mts|mjs|js|md|ya?ml|json|cedar|html|env)$/.test(path) || path.endsWith('Dockerfile')) &&
      path !== 'package-lock.json' &&
      !path.includes('/check-words.'),
  );
  return texts.flatMap((path) =>
    wordsToAvoid(read(path)).map(({ line, word, say }) => `${path}:${line} "${word}": say ${say}`),
  );
}

if (import.meta.main) {
  const places = placesToMend();
  for (const place of places) process.stderr.write(`${place}\n`);
  process.exitCode = places.length === 0 ? 0 : 1;
}
