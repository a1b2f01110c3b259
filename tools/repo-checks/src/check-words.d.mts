/** A word to avoid: where it stands, and what to say instead. */
export interface FoundWord {
  readonly line: number;
  readonly word: string;
  readonly say: string;
}

export function wordsToAvoid(text: string): FoundWord[];
