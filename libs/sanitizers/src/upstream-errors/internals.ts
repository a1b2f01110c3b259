const signs = [
  // stack traces: V8, Python, JVM, Go, .NET, Rust, PHP, Ruby
  String.raw`\n\s{0,20}at \S`,
  String.raw`Traceback \(most recent call last\)`,
  String.raw`File "[^"\n]{1,300}", line \d`,
  String.raw`\.(?:java|kt|scala|cs|php|rb|go|rs):\d`,
  String.raw`goroutine \d`,
  String.raw`panicked at `,
  String.raw`Exception in thread`,
  String.raw`node_modules/`,
  // queries and what databases say of them
  String.raw`\bSELECT\s[^\n]{1,300}\sFROM\s`,
  String.raw`\bselect \* from `,
  String.raw`\bINSERT\s{1,5}INTO\s`,
  String.raw`\bUPDATE\s{1,5}\S{1,100}\s{1,5}SET\s`,
  String.raw`\bDELETE\s{1,5}FROM\s`,
  String.raw`SQLSTATE`,
  String.raw`SQLITE_[A-Z]`,
  String.raw`ORA-\d{5}`,
  String.raw`syntax error at or near`,
];

/**
 * Text that looks like the inside of a program: an extra for tools whose errors are passed on, never a boundary (design
 * rule 8). Every repetition is bounded, so a long text costs a multiple of its length and no more.
 */
export const internals = new RegExp(`(?:${signs.join('|')})`, 'u');
