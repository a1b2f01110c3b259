/** The name under which a person stands in the directory: `<issuer>|<subject id>`. An issuer is a URL and has no `|`. */
export function personKey(issuer: string, id: string): string {
  return `${issuer}|${id}`;
}

/** The subject id within a directory name of that issuer; null for a name of another form. */
export function subjectOf(name: string, issuer: string): string | null {
  return name.startsWith(`${issuer}|`) ? name.slice(issuer.length + 1) : null;
}
