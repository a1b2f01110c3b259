/** One thing that is wrong (or worth a look) in a policy file, with the place where to mend it. */
export interface PolicyProblem {
  /** Path of the file as the caller gave it; `(configuration)` where no policy text is at fault. */
  readonly file: string;
  /** 1-based; 0 where there is no text to point at. */
  readonly line: number;
  /** 1-based, in UTF-16 code units as editors count; 0 where there is no text to point at. */
  readonly column: number;
  readonly message: string;
  /** What to do about it; null where there is nothing more to say. */
  readonly hint: string | null;
}
