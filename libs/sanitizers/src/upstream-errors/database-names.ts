/** Where database systems name a table, a column or a constraint in what they say of a query; each finds the name alone. */
const names = [
  /(?<=\bno such (?:table|column|index|view|function): )[^\s,;)]{1,200}/giu,
  /(?<=\b(?:relation|table|column|constraint|index|view|function|schema|database) ["'`])[^"'`\n]{1,200}(?=["'`])/giu,
  /(?<=\b(?:Unknown column|Unknown table|Unknown database|Invalid column name|Invalid object name) ')[^'\n]{1,200}(?=')/giu,
  /(?<=\bconstraint failed: )[^\s;)]{1,200}/giu,
];

/**
 * Puts `mark` in the place of names of a database's parts, as SQLite, PostgreSQL, MySQL and SQL Server say them. What the caller
 * named itself stays.
 *
 * @param given texts of the caller
 */
export function cutDatabaseNames(text: string, given: readonly string[], mark: string): string {
  const named = (name: string): string => (given.some((one) => one.includes(name)) ? name : mark);
  return names.reduce((current, name) => current.replace(name, named), text);
}
