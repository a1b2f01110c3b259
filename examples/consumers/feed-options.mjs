// @ts-check
// What both consumers need to know: where the feed is, and as whom to read it.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logLevel } from 'kafkajs';

const environment = `Environment:
  KAFKA_USERNAME, KAFKA_PASSWORD  SASL/SCRAM-SHA-512; without them nobody logs in
  KAFKA_PASSWORD_FILE             a file with the password, in place of it
  KAFKA_TLS=1                     speak TLS (NODE_EXTRA_CA_CERTS=ca.pem for an authority of your own)`;

/**
 * Reads the command line and the environment; prints the help and ends the program where that is asked for.
 *
 * @template {import('node:util').ParseArgsOptionsConfig} Own
 * @param {{ usage: string, own: Own }} program
 */
export function feedOptions({ usage, own }) {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: '127.0.0.1:9092' },
      topic: { type: 'string', default: 'sallyport.audit.v1' },
      'from-beginning': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      ...own,
    },
  });
  if (/** @type {{ help?: boolean }} */ (values).help) {
    console.log(`${usage}\n\n${environment}`);
    process.exit(0);
  }
  return values;
}

/**
 * The settings of kafkajs.
 *
 * @param {string} brokers comma-separated
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('kafkajs').KafkaConfig}
 */
export function clientOf(brokers, env) {
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD_FILE: file, KAFKA_TLS: tls } = env;
  const password = file ? readFileSync(file, 'utf8').trim() : env.KAFKA_PASSWORD;
  return {
    clientId: 'sallyport-example',
    brokers: brokers.split(','),
    ssl: tls === '1',
    logLevel: logLevel.WARN,
    // A broker that restarts is waited for.
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 30 },
    ...(username && password && { sasl: { mechanism: 'scram-sha-512', username, password } }),
  };
}

/**
 * Runs `stop` once, at the first Ctrl-C or SIGTERM.
 *
 * @param {() => Promise<void>} stop
 */
export function onStop(stop) {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop();
    });
  }
}
