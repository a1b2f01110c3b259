/** Ports that tell a bare name before them for a host. */
const ports =
  '80|389|443|465|587|636|1433|1521|2181|2375|2376|2379|3000|3306|4222|4317|4318|5000|5432|5671|5672|6379|6380|6432|6443|7687|8000|8080|8086|8125|8200|8443|8500|8883|9000|9042|9090|9092|9093|9200|9300|9418|11211|26379|27017|50051';
const inside = 'internal|intern|local|localdomain|lan|corp|intra|intranet|private|svc|cluster|consul|test|invalid|arpa';
const well = 'com|net|org|edu|gov|mil';
const long = 'io|dev|app|cloud|ai|info|biz|tech|online|site|xyz|host|int|[a-z]{2}';
const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** Endings of files, and words, that look like a country. */
const noCountry = /\.(?:ts|js|py|rs|go|md|sh|cs|cc|so|gz|rb|pl|ps|db|vb|hs|kt|ml|id|in|at|is|no|it|to|as|tf|ex|mm|jl)$/;

const port = String.raw`(?::\d{1,5})?`;
const startsHere = String.raw`(?<![\p{L}\p{N}_./\\-])`;
const endsHere = String.raw`(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])`;
const group = '[0-9a-f]{1,4}';

const patterns = [
  // addresses with a scheme, of anything but files
  String.raw`\b(?!file:)[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'\x60<>]{0,2048}[^\s"'\x60<>.,:;!?)\]]`,
  String.raw`(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}${port}(?![\w]|\.\d)`,
  String.raw`\[?(?<![\w:.])(?:(?:${group}:){7}${group}|(?:${group}:){1,6}(?::${group}){1,6}|(?:${group}:){1,7}:|::(?:ffff:)?(?:\d{1,3}\.){3}\d{1,3}|::${group})(?![\w:])\]?${port}`,
  String.raw`${startsHere}(?:localhost|host\.docker\.internal)${port}${endsHere}`,
  String.raw`${startsHere}(?:${label}\.){1,8}(?:${inside}|${well})${port}${endsHere}`,
  String.raw`${startsHere}(?:${label}\.){2,8}(?:${long})${port}${endsHere}`,
  String.raw`${startsHere}[a-z][a-z0-9-]{0,62}:(?:${ports})(?![\d:])`,
];
const host = new RegExp(patterns.join('|'), 'giu');

/** A bare name where only a host can stand. */
const named =
  /(\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|getaddrinfo(?: [A-Z_]{1,20})?|lookup(?= [\w.-]{1,253} on )|(?:server at|server on|host name|hostname|host|resolve|connect(?:ing|ion)? to|reach|lookup)(?=[ :=]{1,3}["'`]))[ :=]{1,3}["'`]?)([A-Za-z0-9_][\w.-]{0,252})((?::\d{1,5})?)/g;

/**
 * Puts `mark` in the place of hosts, addresses and URLs.
 *
 * @param isGiven whether the caller named it
 */
export function cutHosts(text: string, isGiven: (piece: string) => boolean, mark: string): string {
  const withoutAddresses = text.replace(host, (piece: string) => (isFile(piece) || isGiven(piece) ? piece : mark));
  return withoutAddresses.replace(named, (whole: string, before: string, name: string) =>
    isGiven(name) || /^(?:E[A-Z_]+|getaddrinfo)$/.test(name) ? whole : `${before}${mark}`,
  );
}

/** `System.Net` is a class and `index.d.ts` a file. */
function isFile(piece: string): boolean {
  if (piece.includes('://') || /:\d/.test(piece)) return false;
  return noCountry.test(piece) || /\.[A-Z][a-z]+$/.test(piece);
}
