/** Thrown when nobody can be made out who calls. */
export class CallerUnknown extends Error {
  readonly code = 'nobody_there';

  constructor(why: string) {
    super(`${why} Give a token with --token or SALLYPORT_TOKEN.`);
  }
}
