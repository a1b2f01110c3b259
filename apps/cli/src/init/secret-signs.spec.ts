import { isSecretArgument } from './secret-signs.ts';

test.each([
  `curl -H 'Authorization: Bearer abc' https://api.example`,
  'exec server --api-key abcdef',
  'API_TOKEN=abcdef npx server',
  'npx server "postgres://me:abc@db.example/x"',
  'cd /srv && npx server ghp_abc',
])('a command in one argument holds a credential: %s', (command) => {
  expect(isSecretArgument(command, '-c')).toBe(true);
});

test.each(['npx server --root /srv/files', 'cd /srv && exec node server.js --port 8080', 'Notes that are private'])(
  'and this one holds none: %s',
  (command) => {
    expect(isSecretArgument(command, '-c')).toBe(false);
  },
);
