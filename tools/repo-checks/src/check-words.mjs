// Fails where a file uses a word that a reader would have to learn: prints the place, the word, and what to say instead.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whole words, also as parts of camelCase and snake_case names. */
const WORDS = {
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
const PHRASES = {
  'of which': 'two sentences',
  'so that it need not': 'so it does not have to',
  'good-bye': 'leave',
};

/** Names of others that contain such a word. */
const NAMES = /click-?house|opening-hours|doorkeeper/gi;

/**
 * The words to avoid that a text uses.
 *
 * @param {string} text
 * @returns {{ line: number, word: string, say: string }[]}
 */
export function wordsToAvoid(text) {
  return text.split('\n').flatMap((line, index) => {
    const plain = line.replace(NAMES, '');
    const parts = plain.match(/\p{Lu}?\p{Ll}+/gu) ?? [];
    const words = new Set(parts.map((part) => singular(part.toLowerCase())));
    const phrases = Object.keys(PHRASES).filter((phrase) => plain.toLowerCase().includes(phrase));
    const found = [...Object.keys(WORDS).filter((word) => words.has(word)), ...phrases];
    return found.map((word) => ({ line: index + 1, word, say: WORDS[word] ?? PHRASES[word] }));
  });
}

/** @param {string} word */
function singular(word) {
  for (const ending of ['s', 'es', 'ed', 'd', 'ing', 'ies']) {
    const stem = word.endsWith(ending) ? word.slice(0, -ending.length) + (ending === 'ies' ? 'y' : '') : word;
    if (stem !== word && Object.hasOwn(WORDS, stem)) return stem;
  }
  return word;
}

/** Text files of the tree, but this one. */
function files() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const isText = /\.(ts|mts|mjs|js|md|ya?ml|json|cedar|html|env)$|Dockerfile$/;
  return listed.split('\n').filter((path) => isText.test(path) && !path.includes('check-words') && path !== 'package-lock.json');
}

if (import.meta.main) {
  const found = files().flatMap((path) =>
    wordsToAvoid(readFileSync(path, 'utf8')).map(({ line, word, say }) => `${path}:${line} "${word}": say ${say}`),
  );
  for (const one of found) process.stderr.write(`${one}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
